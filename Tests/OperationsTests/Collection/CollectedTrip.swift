import Glibc
import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Testing

@testable import Identity

/// A round trip whose snapshots can be dropped and collected.
final class CollectedTrip: @unchecked Sendable {
    // SAFETY: what it holds is used by one thread at a time; a store's interruption runs while its backup waits.
    private let trip: RoundTrip
    var store: MemoryStore { trip.store }
    var repository: Repository { trip.repository }
    var opener: SealOpener { trip.opener }

    init(store: MemoryStore? = nil) throws { trip = try RoundTrip(store: store) }

    func write(_ name: String, _ content: [UInt8]) { trip.write(name, content) }
    func remove(_ name: String) { unlink(trip.source + "/" + name) }
    func backup(
        on store: (any ObjectStore)? = nil, _ change: (inout BackupOptions) -> Void = { _ in }
    ) throws -> CatalogedSnapshot { try trip.backup(on: store, change) }
    var source: String { trip.source }
    var home: String { trip.host.root }
    func verify(keys: Bool = true) throws -> VerifyReport { try trip.verify(keys: keys) }
    func flip(_ name: ObjectName, at offset: Int) throws { try trip.flip(name, at: offset) }
    func catalog() throws -> SnapshotCatalog { try SnapshotCatalog(repository: repository) }

    func restore(_ snapshot: CatalogedSnapshot, _ change: (inout RestoreOptions) -> Void = { _ in }) throws
        -> RestoreSummary
    { try trip.restore(snapshot, change) }

    func expectRestores(_ snapshot: CatalogedSnapshot, _ contents: [String: [UInt8]]) throws {
        let summary = try trip.restore(snapshot) { $0.overwrite = .always }
        #expect(summary.problems.isEmpty)
        for (name, content) in contents { #expect(trip.content(name) == content, "\(name) has another content") }
    }

    func drop(_ snapshot: CatalogedSnapshot) throws {
        try administration().drop(snapshot, plan: .zero, at: WallClock.system.now())
    }

    private func administration() throws -> KeyAdministration {
        KeyAdministration(
            repository: repository.id, store: store, administrator: try trip.administrator(), clock: .system)
    }

    func drop(_ lost: LostSnapshot) throws { try administration().drop(lost, at: WallClock.system.now()) }

    func hold(_ snapshot: CatalogedSnapshot) throws {
        _ = try administration().hold(snapshot, true, reason: "court", at: WallClock.system.now())
    }

    func collect(with opener: SealOpener? = nil, ignoringBackups: Bool = false, below percent: UInt64 = 60) throws
        -> CollectReport
    {
        var options = CollectOptions()
        options.ignoresRunning = ignoringBackups
        options.compactsBelow = percent
        return try Collect.run(
            permit: Permit(owner: "test"), repository: repository, opener: opener ?? self.opener, options: options,
            observer: SilentObserver(), clock: .system)
    }

    func collect(on other: any ObjectStore) throws -> CollectReport {
        try Collect.run(
            permit: Permit(owner: "test"), repository: try Repository.open(other), opener: opener,
            options: CollectOptions(), observer: SilentObserver(), clock: .system)
    }

    func plan() throws -> CollectReport {
        try Collect.plan(
            permit: Permit(owner: "test"), repository: repository, opener: opener, options: CollectOptions(),
            observer: SilentObserver(), clock: .system)
    }

    func repairIndex() throws -> RepairIndexSummary {
        try RepairIndex.run(
            permit: Permit(owner: "test"), repository: repository, opener: opener, observer: SilentObserver())
    }

    func largestPack() throws -> ObjectName {
        var largest = (name: Names.format, size: Int64(0))
        try store.list(below: "packs") { if $1 > largest.size { largest = ($0, $1) } }
        return largest.name
    }

    /// An opener that has another key in place of the one for content.
    func structureOnly(of snapshot: CatalogedSnapshot) throws -> SealOpener {
        let (domain, epoch) = (snapshot.record.domain, snapshot.record.epoch)
        let blind = SealOpener(repository: repository.id)
        let made = try opener.withSecrets(domain, epoch) { secrets in
            let encoded = secrets.encoded().withUnsafeBytes { Array($0) }
            var bytes = [UInt8](repeating: 7, count: 32) + encoded[32..<64] + [UInt8](repeating: 9, count: 64)
            blind.add(try EpochSecrets(encoded: SecretBytes(consuming: &bytes)), domain: domain, epoch: epoch)
            return true
        }
        #expect(made == true)
        return blind
    }

    var packBytes: UInt64 {
        var sum: UInt64 = 0
        for prefix in ["packs", "meta"] { try? store.list(below: prefix) { sum += UInt64($1) } }
        return sum
    }
}
