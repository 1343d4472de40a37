import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// The plaintexts of the last version of a component's large files, kept on this host so that the next backup can store what changed in them as
/// differences: the repository cannot be asked, for a writer opens nothing of it. Bounded and sealed; all of it can be lost without harm.
final class VersionCache: Sendable {
    /// A file that is made anew with the next: large enough that a piece of it is worth a difference.
    static let fewestBytes: UInt64 = 64 << 10

    private struct State {
        /// What the component has now, whether it was read or taken over.
        var seen: Set<String> = []
        /// Versions that were leaned on.
        var used: Set<String> = []
        /// Finished versions that take their place once the snapshot counts.
        var finished: [(name: String, writer: KeptVersionWriter)] = []
        var finishedBytes: UInt64 = 0
    }

    private let root: String
    private let folder: String
    private let key: SecretBytes
    private let identity: ChunkIdentity
    private let component: String
    private let limit: UInt64
    private let state = Monitor(State())

    init(
        caches: HostCaches, cacheKey: borrowing SecretBytes, identity: ChunkIdentity, limit: UInt64
    ) throws {
        root = caches.versionsFolder
        component = caches.component
        folder = root + "/" + component
        key = cacheKey.copy()
        self.identity = identity
        self.limit = limit
        try LocalFile.makeDirectories(folder)
        caches.removeStaleFiles(in: folder)
    }

    /// What a path's version is called: it says nothing to who does not know the repository's keys.
    private func name(_ path: [UInt8]) -> String {
        let named = Array("safehold v1 kept version".utf8) + Array(component.utf8) + [0] + path
        return String(identity.id(of: .data, digest: SHA256Digest.of(named)).hex.prefix(32))
    }

    /// The versions of a file that is about to be read, also when it is read once more.
    func open(_ path: [UInt8]) -> FileVersions {
        let name = name(path)
        state.withLock { _ = $0.seen.insert(name) }
        let previous = KeptVersion(path: folder + "/" + name, cacheKey: key)
        if previous != nil { state.withLock { _ = $0.used.insert(name) } }
        let temporary = "\(folder)/\(name).\(getpid()).\(HostCaches.nextNumber())"
        unlink(temporary)
        let writer = KeptVersionWriter(path: temporary, cacheKey: key, mostBytes: limit)
        return FileVersions(name: name, previous: previous, writer: writer)
    }

    /// A file was taken over unread: its version stays.
    func keep(_ path: [UInt8]) {
        let name = name(path)
        state.withLock { _ = $0.seen.insert(name) }
    }

    /// All of a file is stored: decides whether it is what the next one is compared with.
    func conclude(_ file: FileVersions) {
        guard file.isBetterBase, let writer = file.writer, let bytes = writer.finish() else { return }
        let isKept = state.withLock { state in
            guard state.finishedBytes + bytes <= limit else { return false }
            state.finishedBytes += bytes
            state.finished.append((file.name, writer))
            return true
        }
        if !isKept { writer.remove() }
    }

    /// The snapshot counts: new versions take the place of old ones, what the component has no more goes, and what is over the limit.
    func commit() {
        let state = state.withLock { state in
            defer { state.finished = [] }
            return state
        }
        for (name, writer) in state.finished { rename(writer.path, folder + "/" + name) }
        for name in state.used { utimensat(AT_FDCWD, folder + "/" + name, nil, 0) }
        for name in HostCaches.names(in: folder) where !name.contains(".") && !state.seen.contains(name) {
            unlink(folder + "/" + name)
        }
        Self.trim(root, to: limit)
    }

    /// There is no snapshot: what was made for it goes.
    func abandon() {
        let finished = state.withLock { state in
            defer { state.finished = [] }
            return state.finished
        }
        for (_, writer) in finished { writer.remove() }
    }

    /// Removes the versions of all components that were not used for longest.
    private static func trim(_ root: String, to limit: UInt64) {
        var files: [(path: String, used: timespec, bytes: UInt64)] = []
        for component in HostCaches.names(in: root) {
            for name in HostCaches.names(in: root + "/" + component) {
                let path = "\(root)/\(component)/\(name)"
                var status = stat()
                guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
                files.append((path, status.st_mtim, UInt64(status.st_size)))
            }
        }
        var total = files.reduce(0) { $0 + $1.bytes }
        for file in files.sorted(by: { ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec) }) {
            guard total > limit else { return }
            unlink(file.path)
            total -= file.bytes
        }
    }
}

/// The version that a file is compared with, and the one that is made of it meanwhile.
final class FileVersions: Sendable {
    let name: String
    let previous: KeptVersion?
    let writer: KeptVersionWriter?
    /// What was stored of the file, and what all of it would have taken.
    private let sizes = Monitor((stored: UInt64(0), whole: UInt64(0)))

    init(name: String, previous: KeptVersion?, writer: KeptVersionWriter?) {
        (self.name, self.previous, self.writer) = (name, previous, writer)
    }

    func note(stored: Int, whole: Int) {
        sizes.withLock { sizes in
            sizes.stored += UInt64(stored)
            sizes.whole += UInt64(whole)
        }
    }

    /// The base stays the same until differences to it have grown to a sixteenth: the sum of all stays small, and so does the number of steps
    /// that reading takes.
    var isBetterBase: Bool {
        guard previous != nil else { return true }
        return sizes.withLock { $0.stored * 16 >= $0.whole }
    }
}

extension HostCaches {
    var versionsFolder: String { folder + "/versions" }

    /// A component that no longer asks for differences leaves no content behind.
    func dropVersions() {
        let folder = versionsFolder + "/" + component
        for name in Self.names(in: folder) { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    /// Names in a directory, but for hidden ones; none where it cannot be read.
    static func names(in directory: String) -> [String] {
        ((try? LocalFile.names(in: directory)) ?? []).filter { !$0.hasPrefix(".") }
    }
}
