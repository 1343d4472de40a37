import Glibc
import Primitives
import RepositoryEngine
import Storage

/// Refuses targets that a restore would do harm to.
enum TargetCheck {
    static func check(_ options: RestoreOptions, _ repository: Repository, _ description: SnapshotDescription) throws {
        guard options.target.hasPrefix("/") else {
            throw Failure(
                .usage, "The target '\(options.target)' is not an absolute path.",
                advice: "Give the whole path, beginning with '/'.")
        }
        let target = resolved(options.target)
        if let store = repository.store.directory.flatMap(real), isInside(target, store) {
            throw Failure(
                .targetInsideSource, "The target \(options.target) lies inside the repository.",
                advice: "Choose a target outside of \(repository.store.location).")
        }
        guard description.host == hostName else { return }
        for path in description.paths.map({ String(decoding: $0, as: UTF8.self) }) where path != "/" {
            if target != path, isInside(target, path) {
                throw Failure(
                    .targetInsideSource,
                    "The target \(options.target) lies inside \(path), which the snapshot was made of.",
                    advice:
                        "Choose a target outside of it, or restore in place with --target / (or --strip --target \(path))."
                )
            }
        }
    }

    private static func isInside(_ path: String, _ directory: String) -> Bool {
        path == directory || directory == "/" || path.hasPrefix(directory + "/")
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// With symbolic links resolved as far as the path exists.
    private static func resolved(_ path: String) -> String {
        if let path = real(path) { return path }
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return path }
        return resolved(String(path[..<slash])) + path[slash...]
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
