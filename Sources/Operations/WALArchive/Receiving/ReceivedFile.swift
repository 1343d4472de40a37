import CLinux
import Glibc
import Primitives
import WriteAheadLog

/// A file of a log that came over a connection. It has no place in the file system: when this process ends, however it ends, it is gone, and
/// the server sends it again.
final class ReceivedFile: Sendable {
    let name: LogFileName
    private let descriptor: Int32
    private let folder: String

    /// Empty, on the file system of `folder`, which is made where there is none.
    init(_ name: LogFileName, folder: String) throws {
        (self.name, self.folder) = (name, folder)
        try LocalFile.makeDirectories(folder)
        let path = "\(folder)/arriving.\(getpid()).new"
        _ = sh_unlink(AT_FDCWD, path, 0)
        descriptor = sh_create_exclusive(AT_FDCWD, path, 0o600)
        guard descriptor >= 0 else { throw LocalFile.unusable(-descriptor, "create", path) }
        _ = sh_unlink(AT_FDCWD, path, 0)
    }

    deinit { close(descriptor) }

    /// Good for reading as long as this lives.
    var path: String { "/proc/self/fd/\(descriptor)" }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        try check(sh_pwrite_all(descriptor, bytes.baseAddress, bytes.count, Int64(offset)))
    }

    /// The beginning of another one.
    func copy(_ other: ReceivedFile, count: UInt64) throws {
        let descriptor = open(other.path, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var done: UInt64 = 0
        let result = try LocalFile.forEachPiece(of: descriptor, upTo: count) { piece in
            try write(piece, at: done)
            done += UInt64(piece.count)
        }
        try check(result == 0 && done < count ? -Int(EIO) : Int(result))
    }

    /// What nothing was written to is zero.
    func fill(to size: UInt64) throws { try check(Int(sh_ftruncate(descriptor, Int64(size)))) }

    private func check(_ result: Int) throws {
        guard result != 0 else { return }
        let number = Int32(-result)
        throw Failure(
            number == ENOSPC || number == EDQUOT ? .storageFull : .stateUnusable,
            "\(name) cannot be laid by below \(folder): \(String(cString: strerror(number))).",
            advice:
                "Make room there, for some segments of the log; SAFEHOLD_HOME says where it is. Nothing is lost: the server keeps the log and sends it again."
        )
    }
}
