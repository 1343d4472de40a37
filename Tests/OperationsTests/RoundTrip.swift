import CLinux
import Chunking
import Glibc
import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport

@testable import Identity

/// A repository in memory, a source tree and a target on disk.
final class RoundTrip {
    let folder: TemporaryFolder
    let store: MemoryStore
    var clock = WallClock.system
    let host: HostState
    let repository: Repository
    let opener: SealOpener
    private let key: Encapsulation.PrivateKey

    var source: String { folder.path + "/source" }
    var target: String { folder.path + "/target" }

    /// A repository of its own. Where nothing is asked of it, it is a copy of one that was made once: what takes longest is the passphrase.
    init(
        chunker: ChunkerParameters = .standard, store: MemoryStore? = nil, clock: WallClock? = nil,
        locks: LockSettings? = nil
    ) throws {
        self.clock = clock ?? .system
        folder = try TemporaryFolder()
        host = HostState(root: folder.path + "/home")
        mkdir(folder.path + "/source", 0o755)
        let isPlain = store == nil && clock == nil && locks == nil && chunker == .standard
        let fresh =
            isPlain
            ? try FreshRepository.plain.get()
            : try FreshRepository(chunker: chunker, store: store ?? MemoryStore(), clock: self.clock, locks: locks)
        self.store = isPlain ? MemoryStore(copying: fresh.store) : fresh.store
        try host.save(try WriterIdentity(decoding: fresh.identity))
        repository = try Repository.open(self.store)
        key = try fresh.key.copy()
        opener = try repository.unlock(.recipientKey(try fresh.key.copy()))
    }

    func write(_ name: String, _ content: [UInt8], mode: mode_t = 0o644) {
        let path = source + "/" + name
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(fd >= 0, "\(path): \(errno)")
        precondition(content.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) } == content.count)
        fchmod(fd, mode)
        close(fd)
    }

    func administrator() throws -> HybridSignature.PrivateKey {
        let unlocked = try repository.keyring.unlock(.recipientKey(try key.copy()))
        return try repository.keyring.openAdministrator(for: unlocked, store: store)
    }

    @discardableResult
    func backup(
        on other: (any ObjectStore)? = nil, class retentionClass: String? = nil,
        _ change: (inout BackupOptions) -> Void = { _ in }
    ) throws -> CatalogedSnapshot {
        var options = BackupOptions(
            paths: [Array(source.utf8)], component: "tree", host: "elsewhere", user: "test", software: "test")
        options.retentionClass = retentionClass
        change(&options)
        let summary = try Backup.run(
            permit: Permit(owner: "test"), repository: try other.map { try Repository.open($0) } ?? repository,
            host: host, options: options,
            observer: SilentObserver(), clock: clock)
        let catalog = try SnapshotCatalog(repository: repository)
        guard let snapshot = catalog.committed.first(where: { $0.digest == summary.snapshot }) else {
            throw EncodingError("was not committed")
        }
        return snapshot
    }

    func restore(_ snapshot: CatalogedSnapshot, _ change: (inout RestoreOptions) -> Void = { _ in }) throws
        -> RestoreSummary
    {
        var options = RestoreOptions(snapshot: snapshot, target: target)
        options.strip = true
        change(&options)
        return try Restore.run(
            permit: Permit(owner: "test"), repository: repository, opener: opener, options: options,
            observer: SilentObserver())
    }

    func verify(readData: Bool = true, keys: Bool = true) throws -> VerifyReport {
        try Verify.run(
            permit: Permit(owner: "test"), repository: repository, opener: keys ? opener : nil,
            options: VerifyOptions(readData: readData),
            observer: SilentObserver())
    }

    /// Flips one bit of an object.
    func flip(_ name: ObjectName, at offset: Int) throws {
        var bytes = try store.readAll(name, limit: 1 << 30)
        bytes[offset] ^= 1
        store.tamper(name, with: bytes)
    }

    func content(_ name: String) -> [UInt8]? { (try? LocalFile.read(target + "/" + name, limit: 1 << 30)) ?? nil }

    func status(_ path: String) -> sh_stat? {
        var status = sh_stat()
        return sh_statx(AT_FDCWD, path, &status) == 0 ? status : nil
    }
}

/// A repository just made for the passphrase of the tests, what its host keeps, and the key that the passphrase opens.
private final class FreshRepository: Sendable {
    static let plain = Result {
        try FreshRepository(chunker: .standard, store: MemoryStore(), clock: .system, locks: nil)
    }

    let store: MemoryStore
    let identity: [UInt8]
    let key: Encapsulation.PrivateKey

    init(chunker: ChunkerParameters, store: MemoryStore, clock: WallClock, locks: LockSettings?) throws {
        self.store = store
        let folder = try TemporaryFolder()
        let host = HostState(root: folder.path + "/home")
        var options = InitialiseOptions(host: "elsewhere")
        options.chunker = chunker
        options.locks = locks
        _ = try Initialise.run(
            permit: Permit(owner: "test"), store: store, hostState: host, passphrase: TestPassphrase.secret(),
            options: options, clock: clock)
        let repository = try Repository.open(store)
        let writer = try host.identity(for: repository)
        identity = writer.encoded()
        let unlocked = try repository.keyring.unlock(.passphrase(TestPassphrase.secret()))
        key = try unlocked.key.copy()
    }
}

struct SilentObserver: OperationObserver {
    func progress(_ progress: OperationProgress) {}
    func problem(_ problem: EntryProblem) {}
    func warning(_ message: String) {}
    var isCancelled: Bool { false }
}

enum TestPassphrase {
    static func secret() -> SecretBytes {
        var bytes = Array("a passphrase for tests".utf8)
        return SecretBytes(consuming: &bytes)
    }
}
