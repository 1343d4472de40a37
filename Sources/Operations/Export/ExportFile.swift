import CLinux
import Glibc
import Primitives
import Storage

/// The file that an archive is written to. Until `finish` there is nothing under its name; given up, nothing stays of it, and what a killed
/// export of the same name left is taken away by the next one.
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
        let (folder, beginning) = (String(target[..<slash]), ".\(name.prefix(200)).")
        temporary = "\(folder)/\(beginning)\(getpid()).partial"
        Self.clear(folder, beginning)
        descriptor = sh_create_exclusive(AT_FDCWD, temporary, 0o600)
        guard descriptor >= 0 else { throw Self.failure(-descriptor, "creating", temporary) }
        // For as long as it is written; where a file system has no locks, nobody takes it for abandoned either.
        _ = sh_try_lock(descriptor)
    }

    /// Takes away what nobody writes to any more.
    private static func clear(_ folder: String, _ beginning: String) {
        for name in (try? LocalFile.names(in: folder.isEmpty ? "/" : folder)) ?? [] {
            guard name.hasPrefix(beginning), name.hasSuffix(".partial"),
                UInt32(name.dropFirst(beginning.count).dropLast(8)) != nil
            else { continue }
            let path = "\(folder)/\(name)"
            let file = sh_open_read(AT_FDCWD, path)
            guard file >= 0 else { continue }
            if sh_try_lock(file) == 0 { _ = sh_unlink(AT_FDCWD, path, 0) }
            close(file)
        }
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
        let settled = LocalFile.syncDirectory(of: target)
        guard settled == 0 else { throw Self.failure(-settled, "syncing", target) }
        return UInt64(max(0, size))
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
