import CLinux
import Glibc
import Primitives

/// The file systems that a restore wrote into: the target's own, and those that are mounted below it. Nothing is flushed file by
/// file; at the end each of them is told once to bring everything to its medium.
final class TouchedFileSystems: Sendable {
    private struct Device: Hashable {
        var major: UInt32
        var minor: UInt32
    }

    private struct Place {
        var descriptor: Int32
        var path: String
    }

    private let places = Monitor<[Device: Place]>([:])

    deinit { places.withLock { places in for place in places.values { close(place.descriptor) } } }

    /// Remembers the file system of a directory that was there before; one that was made is on that of its parent.
    func note(_ directory: DirectoryHandle, path: String) throws {
        var status = sh_stat()
        let result = sh_fstat(directory.descriptor, &status)
        guard result == 0 else { throw SystemError(result, "looking at the directory") }
        let device = Device(major: status.dev_major, minor: status.dev_minor)
        try places.withLock { places in
            guard places[device] == nil else { return }
            let descriptor = sh_open_below(directory.descriptor, ".")
            guard descriptor >= 0 else { throw SystemError(descriptor, "opening the directory") }
            places[device] = Place(descriptor: descriptor, path: path)
        }
    }

    /// Waits until all of it is on the medium.
    func sync() throws {
        for place in places.withLock({ $0.values.sorted { $0.path < $1.path } }) {
            let result = sh_syncfs(place.descriptor)
            guard result == 0 else { throw Self.failure(SystemError(result, "flushing"), place.path) }
        }
    }

    /// What the system could not write it may have dropped, and a file that was cut so looks complete until then: only writing
    /// everything again helps.
    private static func failure(_ error: SystemError, _ path: String) -> Failure {
        let isFull = error.number == ENOSPC || error.number == EDQUOT
        return Failure(
            isFull ? .storageFull : .storageFailed,
            "What was restored may not be on the medium of \(path): \(error.reason).",
            advice:
                "\(isFull ? "Free space there" : "Check the disk or mount"), then restore again with --overwrite=always."
        )
    }
}
