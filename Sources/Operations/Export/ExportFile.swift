import CLinux
import Glibc
import Primitives
import Storage

/// The file that an archive is written to. Until `finish` there is nothing under its name; given up, nothing stays of it.
final class ExportFile {
    private let target: String
    private let temporary: String
    private let overwrites: Bool
    private(set) var descriptor: Int32

    /// Throws `target-unusable` where something is in the way, before anything is done.
    init(_ target: String, overwrites: Bool) throws {
        (self.target, self.overwrites) = (target, overwrites)
        var status = sh_stat()
        if sh_statx(AT_FDCWD, target, &status) == 0, !overwrites || status.mode & S_IFMT == S_IFDIR {
            throw Self.taken(target)
        }
        let slash = target.lastIndex(of: "/") ?? target.startIndex
        let name = target[slash...].dropFirst()
        temporary = "\(target[..<slash])/.\(name.prefix(200)).\(getpid()).partial"
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        descriptor = sh_create_exclusive(AT_FDCWD, temporary, 0o600)
        guard descriptor >= 0 else { throw Self.failure(-descriptor, "creating", temporary) }
    }

    deinit { abandon() }

    /// On the medium, and under its name, before it returns.
    func finish() throws -> UInt64 {
        let synced = sh_fsync(descriptor)
        guard synced == 0 else { throw Self.failure(-synced, "syncing", temporary) }
        let size = lseek(descriptor, 0, SEEK_END)
        let named =
            overwrites
            ? sh_rename(AT_FDCWD, temporary, AT_FDCWD, target)
            : sh_rename_noreplace(AT_FDCWD, temporary, AT_FDCWD, target)
        guard named == 0 else { throw named == -EEXIST ? Self.taken(target) : Self.failure(-named, "naming", target) }
        close(descriptor)
        descriptor = -1
        try syncDirectory()
        return UInt64(max(0, size))
    }

    private func syncDirectory() throws {
        let slash = target.lastIndex(of: "/") ?? target.startIndex
        let parent = slash == target.startIndex ? "/" : String(target[..<slash])
        let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw Self.failure(errno, "opening", parent) }
        defer { close(directory) }
        let synced = sh_fsync(directory)
        guard synced == 0 else { throw Self.failure(-synced, "syncing", parent) }
    }

    func abandon() {
        guard descriptor >= 0 else { return }
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        close(descriptor)
        descriptor = -1
    }

    /// Follows symbolic links.
    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func taken(_ target: String) -> Failure {
        Failure(
            .targetUnusable, "There is something at \(target) already.",
            advice: "Choose another place with --output, or replace the file with --force.")
    }

    static func failure(_ number: Int32, _ doing: String, _ path: String) -> Failure {
        let reason = String(cString: strerror(number))
        return switch number {
        case ENOSPC, EDQUOT, EFBIG:
            Failure(
                .storageFull, "There is no room while \(doing) \(path): \(reason).",
                advice: "Make room there or choose another place with --output; then run it again, it begins anew.")
        case EPIPE:
            Failure(
                .storageFailed, "Whoever read the archive from \(path) has gone.",
                advice: "Look at the program behind the pipe; then run both again.")
        default:
            Failure(
                .targetUnusable, "The archive cannot be written, \(doing) \(path): \(reason).",
                advice: "Choose another place with --output.")
        }
    }
}
