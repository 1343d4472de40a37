import CLinux
import Catalog
import Glibc
import Primitives

/// The catalog as the door has it open: once for as long as a program runs, however often somebody is asked for, where there is a directory of
/// persons; else it is looked into once.
///
/// What it says is read anew each time, so whoever is put out meanwhile is noticed. A file that lies there instead of the one that was opened is
/// opened anew.
package final class IdentityConnection: Sendable {
    private struct File: Equatable {
        var device: UInt64
        var inode: UInt64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    private struct State {
        var file: File?
        var catalog: CatalogDatabase?
        /// Of this one it is known that there was no directory of persons in it. Where one is begun, that lies beside the catalog as well.
        var empty: File?
    }

    private let state = Monitor(State())

    package init() {}

    func catalog(_ host: HostState) throws -> CatalogDatabase {
        try state.withLock { state in
            let path = CatalogPlace.path(host)
            if let catalog = state.catalog, let file = File(path), file == state.file { return catalog }
            state = State()
            let catalog = try CatalogPlace.open(host)
            (state.catalog, state.file) = (catalog, File(path))
            return catalog
        }
    }

    /// Whether the catalog has a directory of persons, as far as it was asked: once for a file.
    func mayHaveDirectory(_ host: HostState) throws -> Bool {
        let file = File(CatalogPlace.path(host))
        if let file, state.withLock({ $0.empty }) == file { return false }
        // It is not kept open: a damaged one may be put aside.
        if try CatalogPlace.open(host).identity() != nil { return true }
        state.withLock { $0.empty = File(CatalogPlace.path(host)) }
        return false
    }
}
