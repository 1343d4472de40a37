import CLinux
import Capture
import Glibc
import Primitives
import RepositoryEngine
import Storage

/// Whether places fit together, links followed: nothing is backed up into itself. What a restore may go to, it checks itself.
package enum Placement {
    /// Throws `source-missing`, `source-unreadable` or `source-inside-repository`. `paths` are absolute.
    package static func checkSources(_ paths: [[UInt8]], repository: Repository) throws {
        let store = repository.store.directory.flatMap { realPath(Array($0.utf8)) }
        for path in paths {
            let text =
                path.count < 1000
                ? String(decoding: path, as: UTF8.self) : String(decoding: path.prefix(300), as: UTF8.self) + "…"
            var status = sh_stat()
            let result = withPath(path) { name in
                path.count < 4000
                    ? sh_statx(AT_FDCWD, name, &status)
                    : PathOpening.stepping(name, path.count) { sh_statx($0, $1, &status) }
            }
            // Nothing can have a name that is too long.
            guard ![-ENOENT, -ENOTDIR, -ENAMETOOLONG].contains(result) else {
                throw Failure(
                    .sourceMissing, "There is no \(text) to back up.",
                    advice: "Check the path, and that its file system is mounted.")
            }
            guard result == 0 else {
                throw Failure(
                    .sourceUnreadable, "Cannot look at \(text): \(String(cString: strerror(-result))).",
                    advice: "Run the backup as a user who may read it.")
            }
            if let store, let source = realPath(path), isInside(source, store) {
                throw Failure(
                    .sourceInsideRepository, "\(text) lies inside the repository at \(repository.store.location).",
                    advice: "Name the files that you want to save, not the place where backups are kept.")
            }
        }
    }

    private static func isInside(_ path: [UInt8], _ directory: [UInt8]) -> Bool {
        directory == [0x2F] || path == directory || (path.starts(with: directory) && path[directory.count] == 0x2F)
    }

    private static func realPath(_ path: [UInt8]) -> [UInt8]? {
        withPath(path) { name in
            guard let resolved = realpath(name, nil) else { return nil }
            defer { free(resolved) }
            return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
        }
    }

    private static func withPath<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
        (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                preconditionFailure("an array with a terminator has an address")
            }
            return body(base)
        }
    }
}
