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
        let keys: [SimulatedHost.Keys]

        init() throws {
            let repository = try TestRepository()
            self.repository = repository
            keys = try (0..<3).map { number in
                SimulatedHost.Keys(
                    try repository.administration.enrol(
                        host: "\(number)", domain: repository.domain, secrets: repository.secrets.domain))
            }
        }
    }

    private static let model = Result { try Model() }

    let store: MemoryStore
    let repository: Repository
    let schedule: Schedule
    let opener: SealOpener
    let pool: [SimulatedHost.Chunk]
    let filling: [UInt8]
    private let model: Model
    let identity: ChunkIdentity
    /// Snapshots that somebody began to drop.
    private let dropped = Monitor<Set<Digest32>>([])

    var clock: WallClock { model.repository.clock }
    func host(_ number: Int) -> SimulatedHost { SimulatedHost(model.keys[number], in: self) }

    init(_ schedule: Schedule) throws {
        model = try Self.model.get()
        self.schedule = schedule
        store = MemoryStore(copying: model.repository.store)
        repository = try Repository.open(store)
        opener = try model.repository.unlock()
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

    func session() throws -> SealingSession { try model.repository.session() }

    func repository(on store: any ObjectStore) -> Repository {
        Repository(store: store, format: repository.format, keyring: repository.keyring)
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
        let signed = try model.repository.signed(.drop, record.fields(of: repository.id))
        _ = try store.put(signed, as: record.name, .immediate)
    }

    // MARK: Whether anything was lost

    /// What cannot be read of snapshots that were confirmed and that nobody dropped.
    func losses() throws -> [String] {
        let catalog = try SnapshotCatalog(repository: repository)
        var losses = catalog.problems.map(\.message)
        let index = try IndexSet(store: store, opener: opener)
        let packs = PackCache(store: store, opener: opener)
        var reader = ChunkReader(store: store, locator: index.locator, packs: packs, identity: identity)
        let gone = dropped.withLock { $0 }
        for snapshot in catalog.snapshots where snapshot.isCommitted && !gone.contains(snapshot.digest) {
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

extension TestRepository {
    func signed(_ kind: SignedRecord.Kind, _ fields: Fields) throws -> [UInt8] {
        try administration.signed(kind, fields)
    }
}
