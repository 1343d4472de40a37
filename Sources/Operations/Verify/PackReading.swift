import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Reads packs on several threads, from their first byte to their last. What is wrong with them is kept until `finish`, for what the walk of
/// the listings found already is not told twice.
final class PackReading: Sendable {
    private let store: any ObjectStore
    private let opener: SealOpener
    private let packs: PackCache
    private let locator: ChunkLocator
    private let ledger: VerifyLedger
    /// Whether collections have removed anything, or a copy is under way: then a delta without its base is one that no snapshot needs, or the walk of the listings
    /// finds it.
    private let basesMayLack: Bool
    private let threads = WorkerThreads()
    private let damaged = Monitor<[(object: Inventory.Object, findings: PackFindings)]>([])
    private let found: Monitor<DeltaBases>
    private let whole = Monitor<[Digest32]>([])
    /// Packs in which all is as it should be. Once it has finished.
    var proven: [Digest32] { whole.withLock { $0 } }
    /// Pieces of files that are stored as deltas, with the bases of each copy. Once it has finished.
    var deltas: DeltaBases { found.withLock { $0 } }

    init(
        store: any ObjectStore, opener: SealOpener, packs: PackCache, locator: ChunkLocator, ledger: VerifyLedger,
        basesMayLack: Bool, scratch: String
    ) throws {
        found = Monitor(try DeltaBases(folder: scratch))
        self.basesMayLack = basesMayLack
        self.store = store
        self.opener = opener
        self.packs = packs
        self.locator = locator
        self.ledger = ledger
    }

    /// All of them, large ones first: the last to finish is a small one.
    func begin(_ objects: [Inventory.Object]) -> PackReading { begin(Array(objects.sorted { $0.size > $1.size }), nil) }

    /// In this order, and none is begun after `deadline`.
    func begin(_ objects: [Inventory.Object], _ deadline: ContinuousClock.Instant?) -> PackReading {
        let order = Monitor(Array(objects.reversed()))
        let reach = ReadingReach(of: store)
        for _ in 0..<reach.threads {
            threads.start { [self] in
                var check = PackCheck(
                    store: store, opener: opener, packs: packs, locator: locator, stretch: reach.longestRun)
                while deadline.map({ ContinuousClock.now < $0 }) ?? true, let object = order.withLock({ $0.popLast() })
                {
                    read(object, &check)
                }
            }
        }
        return self
    }

    private func read(_ object: Inventory.Object, _ check: inout PackCheck) {
        do {
            let pack = IndexedPack(name: object.digest, size: object.size, kind: object.kind)
            var findings = try check.check(pack) { try ledger.checkpoint() }
            if !findings.deltas.isEmpty {
                try found.withLock { found in
                    for delta in findings.deltas { try found.add(delta.id.prefix, delta.bases.map(\.prefix)) }
                }
            }
            if !basesMayLack { findings.damaged += findings.baseless }
            ledger.count(objects: 1, bytes: findings.bytes, chunks: findings.chunks)
            if findings.failure != nil || !findings.damaged.isEmpty || !findings.nameHolds {
                damaged.withLock { $0.append((object, findings)) }
            } else {
                whole.withLock { $0.append(object.digest) }
            }
        } catch let failure as Failure where failure.code == .keyDenied {
            ledger.note("\(object.name) belongs to an epoch that this key does not open; its chunks were not checked.")
        } catch let failure as Failure {
            ledger.stop(failure)
        } catch {
            ledger.stop(Failure(.internalError, "\(error)", advice: "Report this, please."))
        }
    }

    /// Waits for all packs and tells what was found.
    func finish() throws {
        threads.joinAll()
        try ledger.checkpoint()
        for (object, findings) in damaged.withLock({ $0 }).sorted(by: { $0.object.name.path < $1.object.name.path }) {
            tell(object, findings)
        }
    }

    private func tell(_ object: Inventory.Object, _ findings: PackFindings) {
        if let failure = findings.failure { ledger.add(pack: object.digest, object.name.path, failure.message) }
        if let first = findings.damaged.first {
            let known = ledger.state.withLock { state in findings.damaged.allSatisfy { state.chunks[$0.id] != nil } }
            if known { return }
            let problem =
                "\(findings.damaged.count) of its \(findings.chunks) chunks are damaged; the first one \(first.problem)"
            let finding = ledger.add(pack: object.digest, object.name.path, problem)
            for chunk in findings.damaged { ledger.lose(chunk.id, finding) }
        } else if !findings.nameHolds, findings.failure == nil {
            ledger.add(
                pack: object.digest, object.name.path,
                "has other bytes than its name says, but all of its chunks are whole")
        }
    }
}
