import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// One repository, its hosts, and everything that is looked at when a schedule is over.
final class SimulatedWorld: Sendable {
    /// A repository with three enrolled hosts, made once.
    private struct Model {
        let repository: TestRepository
        let opened: Repository
        /// Sealing secrets to an epoch is slow: everybody has the same ones.
        let session: SealingSession
        let opener: SealOpener
        let keys: [SimulatedHost.Keys]

        init() throws {
            let repository = try TestRepository()
            self.repository = repository
            keys = try (0..<3).map { number in
                SimulatedHost.Keys(
                    try repository.administration.enrol(
                        host: "\(number)", domain: repository.domain, secrets: repository.secrets.domain))
            }
            opened = try repository.open()
            session = try repository.session()
            opener = try repository.unlock()
        }
    }

    private static let model = Result { try Model() }

    let store: MemoryStore
    let repository: Repository
    let schedule: Schedule
    let opener: SealOpener
    let pool: [SimulatedHost.Chunk]
    let filling: [UInt8]
    /// Whether records bear real signatures, for those who look at them.
    private let signs: Bool
    private let model: Model
    let identity: ChunkIdentity
    /// Snapshots that somebody began to drop.
    private let dropped = Monitor<Set<Digest32>>([])

    var clock: WallClock { model.repository.clock }
    func host(_ number: Int) -> SimulatedHost { SimulatedHost(model.keys[number], in: self) }

    init(_ schedule: Schedule, locks: Bool = false, signs: Bool = false) throws {
        model = try Self.model.get()
        self.signs = signs
        self.schedule = schedule
        store = MemoryStore(copying: model.repository.store, locksBy: locks ? hands.clock : nil)
        repository = Repository(store: store, format: model.opened.format, keyring: model.opened.keyring)
        opener = model.opener
        identity = model.repository.secrets.domain.identity()
        var random = SeededGenerator(seed: 1)
        filling = random.bytes(2_000)
        pool = (0..<6).map { _ in random.bytes(400) }.map { [identity] plaintext in
            SimulatedHost.Chunk(
                id: plaintext.withUnsafeBytes { identity.id(of: .data, plaintext: $0) }, plaintext: plaintext)
        }
    }

    func id(_ plaintext: [UInt8], _ type: ChunkType) -> ChunkID {
        plaintext.withUnsafeBytes { identity.id(of: type, plaintext: $0) }
    }

    var session: SealingSession { model.session }
    /// The store's own time, which locks end by and nothing else depends on.
    let hands = SimulatedTime()

    func repository(on store: any ObjectStore) -> Repository {
        Repository(store: store, format: repository.format, keyring: repository.keyring, checked: repository.checked)
    }

    /// A store with nothing but what every schedule begins with.
    func emptyReplica() -> MemoryStore { MemoryStore(copying: model.repository.store) }

    /// Signs as somebody whose signature nobody looks at: the schedules are about what is written when.
    func signed(_ kind: SignedRecord.Kind, _ fields: Fields, _ key: HybridSignature.PublicKey) throws -> [UInt8] {
        if signs { return try reallySigned(kind, fields, key) }
        let bytes = SignedRecord.encode(
            kind, fields, signature: [UInt8](repeating: 0, count: HybridSignature.count))
        repository.checked.trust(bytes, as: kind, by: key, repository: repository.id)
        return bytes
    }

    private func reallySigned(_ kind: SignedRecord.Kind, _ fields: Fields, _ key: HybridSignature.PublicKey) throws
        -> [UInt8]
    {
        for host in model.keys where host.writer.signing.publicKey == key {
            return try SignedRecord.encode(kind, fields, repository: repository.id, key: host.writer.signing)
        }
        return try model.repository.administration.signed(kind, fields)
    }

    /// Some of the pool, in its order, never none.
    func tree() -> [SimulatedHost.Chunk] {
        let chosen = pool.filter { _ in schedule.number(below: 2) == 0 }
        return chosen.isEmpty ? [pool[schedule.number(below: pool.count)]] : chosen
    }

    /// Drops a confirmed snapshot, if there are two. Signatures are not looked at here: that is slow, and others do.
    func dropOne(on store: any ObjectStore) throws {
        let committed = try store.names(below: Names.commits).map {
            Names.snapshots + $0.path.dropFirst(Names.commits.count)
        }
        guard committed.count > 1 else { return }
        let bytes = try store.readAll(ObjectName(committed[schedule.number(below: committed.count)]), limit: 1 << 20)
        let snapshot = try SnapshotRecord(fields: SignedRecord(decoding: bytes, as: .snapshot).fields)
        let digest = SHA256Digest.of(bytes)
        dropped.withLock { _ = $0.insert(digest) }
        let record = DropRecord(
            writer: snapshot.writer, sequence: snapshot.sequence, snapshot: digest, time: clock.now(), plan: .zero)
        let signed = try signed(.drop, record.fields(of: repository.id), repository.keyring.administrator)
        _ = try store.put(signed, as: record.name, .immediate)
    }

    // MARK: Whether anything was lost

    /// What cannot be read of snapshots that were confirmed and that nobody dropped.
    func losses() throws -> [String] {
        let catalog = try SnapshotCatalog(repository: repository)
        var losses = catalog.problems.map(\.message)
        // Found by the index alone, without a search through all packs: who moves chunks says where they are before they are gone.
        let index = try IndexSet(store: store, opener: opener)
        let locator = ChunkLocator(runs: index.locator.runs, store: store)
        let packs = PackCache(store: store, opener: opener)
        var reader = ChunkReader(store: store, locator: locator, packs: packs, identity: identity)
        let gone = dropped.withLock { $0 }
        for snapshot in catalog.snapshots where snapshot.isCommitted && !gone.contains(snapshot.digest) {
            do {
                try read(snapshot, &reader)
            } catch {
                var wide = ChunkReader(store: store, locator: index.locator, packs: packs, identity: identity)
                let isThere = (try? read(snapshot, &wide)) != nil
                let what = isThere ? "is there, and not in the index" : (error as? Failure)?.message ?? "\(error)"
                losses.append("\(snapshot.name): \(what)")
            }
        }
        return losses
    }

    /// What cannot be read of what a copy has confirmed and not dropped, by its own records.
    func losses(of replica: MemoryStore) throws -> [String] {
        let catalog = try SnapshotCatalog(repository: repository(on: replica))
        var losses = catalog.problems.map(\.message)
        let index = try IndexSet(store: replica, opener: opener)
        let packs = PackCache(store: replica, opener: opener)
        var reader = ChunkReader(store: replica, locator: index.locator, packs: packs, identity: identity)
        for snapshot in catalog.committed {
            do {
                try read(snapshot, &reader)
            } catch {
                losses.append("\(snapshot.name): \((error as? Failure)?.message ?? "\(error)")")
            }
        }
        return losses
    }

    func read(_ snapshot: CatalogedSnapshot, _ reader: inout ChunkReader) throws {
        let root = try snapshot.record.description(opener: opener).root
        let node = try ListingNode(decoding: try reader.bytes(root, .listingNode))
        for child in node.children {
            _ = try reader.bytes(child.id, .listingBlock)
            let named = try ReferenceEncoding.decodeBlock(try reader.bytes(child.twin, .referenceBlock))
            for chunk in named where chunk.type == .data { _ = try reader.bytes(chunk.id, .data) }
        }
    }
}

/// A clock that somebody sets forward.
final class SimulatedTime: Sendable {
    private let seconds = Monitor<Int64>(1_800_000_000)
    var clock: WallClock {
        WallClock { [seconds] in Timestamp(nanoseconds: seconds.withLock { $0 } * 1_000_000_000) }
    }
    func pass(_ some: Int) { seconds.update { $0 += Int64(some) } }
}
