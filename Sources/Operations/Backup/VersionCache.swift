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
        /// What is known, or was found in this run, of the versions that stay.
        var shares = VersionShares()
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
        state.update { $0.shares = VersionShares(in: folder) }
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
        if let previous {
            let isDue = state.withLock { state in
                state.used.insert(name)
                return state.shares.isDue(name)
            }
            if !isDue { return FileVersions(name: name, previous: previous, writer: nil) }
        }
        let temporary = "\(folder)/\(name).\(getpid()).\(HostCaches.nextNumber())"
        unlink(temporary)
        let writer = KeptVersionWriter(path: temporary, cacheKey: key, mostBytes: limit)
        return FileVersions(name: name, previous: nil, writer: writer)
    }

    /// A file was taken over unread: its version stays.
    func keep(_ path: [UInt8]) {
        let name = name(path)
        state.withLock { _ = $0.seen.insert(name) }
    }

    /// All of a file is stored.
    func conclude(_ file: FileVersions) {
        if file.previous != nil { state.update { $0.shares.add(file.share, to: file.name) } }
        guard let writer = file.writer, let bytes = writer.finish() else { return }
        let isKept = state.withLock { state in
            // Where the old one stays, for want of room, it is made use of once more.
            state.shares.begin(file.name)
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
        state.shares.save(in: folder)
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

/// The version that a file is compared with, or the one that is made of it meanwhile.
final class FileVersions: Sendable {
    let name: String
    let previous: KeptVersion?
    let writer: KeptVersionWriter?
    /// What was stored of the file, and what all of it would have taken, as far as the previous version tells.
    private let sizes = Monitor((stored: UInt64(0), whole: UInt64(0)))

    init(name: String, previous: KeptVersion?, writer: KeptVersionWriter?) {
        (self.name, self.previous, self.writer) = (name, previous, writer)
    }

    /// A piece of `count` bytes took `stored` of the repository.
    func note(stored: Int, of count: Int) {
        let whole = previous?.storedCount(ofWhole: count) ?? count
        sizes.withLock { sizes in
            sizes.stored += UInt64(stored)
            sizes.whole += UInt64(whole)
        }
    }

    /// What was stored, in 1024ths of the whole.
    var share: Int { sizes.withLock { $0.whole == 0 ? 0 : Int(clamping: $0.stored * 1024 / $0.whole) } }
}

/// How much all differences to each kept version took so far. Once they took as much together as a whole, the file is stored whole and a new version
/// is made of it: with changes that grow by as much each time, nothing takes less room in which no difference leans on another. Lost, it lets
/// a version stay for longer.
struct VersionShares {
    private static let file = "shares"
    /// In 1024ths of a whole.
    private var sums: [String: Int] = [:]

    init() {}

    init(in folder: String) {
        guard let text = try? LocalFile.read("\(folder)/\(Self.file)", limit: 64 << 20) else { return }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let sum = Int(words[1]) { sums[String(words[0])] = sum }
        }
    }

    func isDue(_ name: String) -> Bool { sums[name, default: 0] >= 1024 }
    mutating func begin(_ name: String) { sums[name] = 0 }

    mutating func add(_ share: Int, to name: String) {
        sums[name, default: 0] += min(share, 1024)
    }

    /// Those of the versions that are there.
    func save(in folder: String) {
        let lines = HostCaches.names(in: folder).sorted().compactMap { name in sums[name].map { "\(name) \($0)\n" } }
        let path = "\(folder)/\(Self.file)"
        if lines.isEmpty {
            unlink(path)
        } else {
            try? LocalFile.write(Array(lines.joined().utf8), to: path)
        }
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
