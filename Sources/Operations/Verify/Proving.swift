import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Reads objects of a repository, all or as many as are wanted, and remembers which were proven.
final class Proving {
    private let objects: [Inventory.Object]
    private let inventory: Inventory
    private let ledger: VerifyLedger
    private let reading: DigestVerification
    private let clock: WallClock
    private let began: Timestamp
    private let proven = Monitor<[Digest32]>([])
    private var content: [Digest32] = []
    /// Nil where nothing is remembered.
    private var book: ProofBook?

    init(_ repository: Repository, _ inventory: Inventory, _ ledger: VerifyLedger, _ options: VerifyOptions) throws {
        (self.inventory, self.ledger, clock) = (inventory, ledger, options.clock)
        objects = inventory.packs + inventory.runs
        reading = DigestVerification(store: repository.store, ledger: ledger)
        book = try options.proofs.map { try ProofBook($0, of: repository.id) }
        began = options.clock.now()
    }

    /// By decrypting them.
    func proved(content objects: [Digest32]) { content += objects }

    /// By reading them.
    func proved(bytes objects: [Digest32]) { proven.withLock { $0 += objects } }

    func readAll(besidesPacks: Bool) throws { try read(besidesPacks ? inventory.runs : objects) }

    /// By their bytes (V2).
    func readBudget(_ budget: VerifyOptions.Budget?) throws {
        guard let part = try part(budget, by: .bytes) else { return }
        try read(part.objects, until: part.deadline)
    }

    /// By their content (V3), which `decrypt` reads; what is no pack by its bytes.
    func readBudget(
        _ budget: VerifyOptions.Budget?, decrypt: ([Inventory.Object], ContinuousClock.Instant?) throws -> [Digest32]
    ) throws {
        guard let part = try part(budget, by: .content) else { return }
        let packs = part.objects.filter { $0.kind != .indexRun }
        proved(content: try decrypt(packs, part.deadline))
        try read(part.objects.filter { $0.kind == .indexRun }, until: part.deadline)
    }

    private func part(_ budget: VerifyOptions.Budget?, by level: ProofPlan.Level) throws -> (
        objects: [Inventory.Object], deadline: ContinuousClock.Instant?
    )? {
        guard let budget else { return nil }
        let known = book ?? ProofBook()
        let wanted =
            switch budget {
            case .given(let given): given
            case .share: ProofPlan.share(objects, known, now: began)
            }
        var generator = SystemRandomNumberGenerator()
        // What is known to be damaged or missing need not be read again.
        let lost = ledger.state.withLock { Set($0.packs.keys) }
        let there = objects.filter { !lost.contains($0.digest) }
        return (
            ProofPlan.order(there, known, wanted, by: level, using: &generator),
            wanted.seconds.map { ContinuousClock.now + .seconds($0) }
        )
    }

    private func read(_ chosen: [Inventory.Object], until deadline: ContinuousClock.Instant? = nil) throws {
        try reading.run(chosen, until: deadline) { [proven] object in proven.withLock { $0.append(object) } }
    }

    /// Remembers what was proven, and says how things stand. Nil where nothing is remembered.
    func finish() throws -> ProofStatus? {
        guard var known = book else { return nil }
        // As of the beginning: what was read first is that old.
        for object in proven.withLock({ $0 }) { known.proved(object, bytes: began) }
        for object in content { known.proved(object, bytes: began, content: began) }
        let damaged = ledger.state.withLock { Set($0.packs.keys) }
        for object in damaged { known.disproved(object) }
        try known.save(there: Set(objects.map(\.digest)), disproved: damaged)
        book = known
        return ProofStatus(objects, known, now: clock.now())
    }
}

/// How much of a repository was proven, as this host remembers it; reads no content (VER-1).
package enum ReadProofs {
    package static func run<Action>(
        permit: consuming Permit<Action>, repository: Repository, state: HostState, clock: WallClock
    ) throws -> ProofStatus {
        var objects: [Inventory.Object] = []
        for (prefix, kind) in [("packs", PackClass.data), ("meta", .metadata), ("index", .indexRun)] {
            try repository.store.list(below: prefix) { name, size in
                guard let digest = Digest32(hex: name.lastComponent) else { return }
                objects.append(.init(name: name, kind: kind, digest: digest, size: UInt64(clamping: size)))
            }
        }
        return ProofStatus(objects, try ProofBook(state, of: repository.id), now: clock.now())
    }
}
