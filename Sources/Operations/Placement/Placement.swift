import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Storage

/// Whether places fit together: nothing is backed up into itself, and nothing is restored into what it came from.
package enum Placement {
    /// Throws `source-missing`, `source-unreadable` or `source-inside-repository`. `paths` are absolute.
    package static func checkSources(_ paths: [[UInt8]], repository: Repository) throws {
        let store = realPath(Array(repository.store.location.utf8))
        for path in paths {
            let text = String(decoding: path, as: UTF8.self)
            var status = sh_stat()
            let result = withPath(path) { sh_statx(AT_FDCWD, $0, &status) }
            guard result != -ENOENT, result != -ENOTDIR else {
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

    /// Throws `target-inside-source` where `target` lies inside one of the trees that the snapshot holds, so that the next backup
    /// would save the restored copy as well. Restoring a tree to its own place is fine.
    package static func checkTarget(_ target: [UInt8], sources: [[UInt8]], strip: Bool) throws {
        guard let real = realPath(target) ?? realPathOfParent(target) else { return }
        for source in sources {
            guard source != [0x2F], let sourceReal = realPath(source), isInside(real, sourceReal) else { continue }
            if strip, real == sourceReal { continue }
            throw Failure(
                .targetInsideSource,
                "The target \(String(decoding: target, as: UTF8.self)) lies inside \(String(decoding: source, as: UTF8.self)), which the snapshot holds.",
                advice: "Choose a target elsewhere, or restore in place with '--target /'.")
        }
    }

    private static func isInside(_ path: [UInt8], _ directory: [UInt8]) -> Bool {
        directory == [0x2F] || path == directory || (path.starts(with: directory) && path[directory.count] == 0x2F)
    }

    private static func realPathOfParent(_ path: [UInt8]) -> [UInt8]? {
        guard let slash = path.lastIndex(of: 0x2F), path.count > 1 else { return nil }
        let name = Array(path[slash...])
        guard
            let parent = realPath(slash == 0 ? [0x2F] : Array(path[..<slash]))
                ?? realPathOfParent(Array(path[..<slash]))
        else { return nil }
        return (parent == [0x2F] ? [] : parent) + name
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
