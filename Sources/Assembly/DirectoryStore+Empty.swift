import Glibc
import Primitives
import Storage

extension DirectoryStore {
    /// A store in a directory that is made, or that has nothing in it but what file systems put there themselves. One that holds a
    /// repository is let through: what to say of it is for the caller.
    static func createEmpty(at root: String) throws -> DirectoryStore {
        if try DirectoryStore(root: root).size(of: ObjectName("FORMAT")) == nil, let name = firstEntry(of: root) {
            throw Failure(
                .targetUnusable, "\(root) is not empty (there is '\(name)' in it) and not a repository.",
                advice:
                    "Choose an empty or a new directory. What an interrupted 'safehold init' left behind can be deleted: it holds no backups."
            )
        }
        return try DirectoryStore.create(at: root)
    }

    /// A store in a directory that is made, or that has nothing in it but the beginning of a copy.
    static func createForCopy(at root: String) throws -> DirectoryStore {
        if let name = firstEntry(of: root, besides: Self.areas + ["FORMAT"]) {
            throw Failure(
                .targetUnusable, "\(root) is not empty (there is '\(name)' in it) and not a copy of a repository.",
                advice: "Choose an empty or a new directory.")
        }
        return try DirectoryStore.create(at: root)
    }

    private static let areas = [
        "spec", "keys", "packs", "meta", "index", "sessions", "snapshots", "commits", "drops", "sweeps", "holds",
        "locks", "audit", "unfollowed", "damaged",
    ]

    private static func firstEntry(of directory: String, besides known: [String] = []) -> String? {
        let usual = ["lost+found", ".snapshot", "tmp"] + known
        return try? LocalFile.names(in: directory).first { !usual.contains($0) }
    }
}
