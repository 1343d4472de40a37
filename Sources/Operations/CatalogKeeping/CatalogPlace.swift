import CLinux
import Catalog
import Glibc
import Primitives

/// Where this host's catalog lies, and what becomes of one that is broken.
package enum CatalogPlace {
    package static func path(_ state: HostState) -> String { state.root + "/catalog.sqlite" }

    /// Opens it, or begins it.
    package static func open(_ state: HostState) throws -> CatalogDatabase {
        try LocalFile.makeDirectories(state.root)
        // Of several programs that begin at once, one makes the tables.
        let lock = Glibc.open(path(state) + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw LocalFile.unusable(errno, "open", path(state) + ".lock") }
        defer { close(lock) }
        _ = sh_lock(lock)
        let catalog = try CatalogDatabase(path: path(state))
        // SQLite makes its files as the umask says; who was told what is nobody else's business.
        for end in ["", "-wal", "-shm"] { chmod(path(state) + end, 0o600) }
        return catalog
    }

    /// For a daemon, which must go on: a damaged one is put aside, and a new one begun. Returns where the damaged one is now.
    package static func openOrBegin(_ state: HostState, at time: Timestamp) throws -> (CatalogDatabase, aside: String?)
    {
        do {
            let catalog = try open(state)
            try catalog.check()
            return (catalog, nil)
        } catch let failure as Failure where failure.code == .catalogDamaged {
            let aside = try putAside(state, at: time)
            return (try open(state), aside)
        }
    }

    /// Nothing is deleted: somebody may want to look into it.
    package static func putAside(_ state: HostState, at time: Timestamp) throws -> String {
        let path = path(state)
        let aside = path + ".damaged-" + time.description.replacing(":", with: "")
        for end in ["-wal", "-shm", ""] where access(path + end, F_OK) == 0 {
            try LocalFile.replace(aside + end, with: path + end)
        }
        return aside
    }
}
