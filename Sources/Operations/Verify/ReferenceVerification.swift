import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a maintainer's key lets be checked: every reference node and block of every committed snapshot opens, and every chunk that they
/// name is in a pack by the packs' own footers. It sorts as a collection does, so that it needs as little memory.
struct ReferenceVerification {
    let repository: Repository
    let opener: SealOpener
    let ledger: VerifyLedger
    let inventory: Inventory
    let scratch: String

    private var space: CollectionSpace { CollectionSpace(folder: scratch) }

    func run() throws {
        let index = IndexVerification(
            index: try IndexSet(store: repository.store, opener: opener), ledger: ledger, inventory: inventory)
        index.checkSizes()
        let census = PackCensus(store: repository.store, opener: opener, swept: [], space: space) {
            try ledger.checkpoint()
        }
        try census.update()
        for problem in census.unreadable { tell(problem) }
        let reader = TwinReader(census, store: repository.store, opener: opener)
        let all = inventory.catalog.committed
        let (isWhole, count) = try follow(all, census, reader)
        ledger.count(chunks: count)
        // Whom the damage harms is asked only where there is some.
        if !isWhole { for snapshot in all { try examine(snapshot, census, reader) } }
        try index.checkRuns()
    }

    /// Whether all that `snapshots` name is there, and how many chunks that is.
    private func follow(_ snapshots: [CatalogedSnapshot], _ census: PackCensus, _ reader: TwinReader) throws -> (
        isWhole: Bool, count: UInt64
    ) {
        let live = LiveChunks(space: space)
        var isWhole = true
        for snapshot in snapshots {
            do {
                try mark(snapshot, in: live, reader)
            } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                isWhole = false
            }
        }
        try live.settle()
        let count = try census.forEachMissing(of: live) { _ in isWhole = false }
        return (isWhole, count)
    }

    private func mark(_ snapshot: CatalogedSnapshot, in live: LiveChunks, _ reader: TwinReader) throws {
        try ledger.checkpoint()
        do {
            let roots = try snapshot.record.roots(opener: opener)
            try live.mark(root: roots.listing, references: roots.references, isConfirmed: true, reader: reader)
        } catch let error as EncodingError {
            throw Failure.damaged(snapshot.name, error.problem)
        }
    }

    private func examine(_ snapshot: CatalogedSnapshot, _ census: PackCensus, _ reader: TwinReader) throws {
        let live = LiveChunks(space: space)
        do {
            try mark(snapshot, in: live, reader)
        } catch let failure as Failure where failure.code == .keyDenied {
            return ledger.note(
                "\(snapshot.name) belongs to an epoch that this key does not open; only its signature was checked.")
        } catch let failure as Failure where failure.code.class == .integrity {
            harm(snapshot, "names what cannot be followed. \(failure.message)")
        }
        try live.settle()
        var missing: UInt64 = 0
        _ = try census.forEachMissing(of: live) { _ in missing += 1 }
        if missing > 0 { harm(snapshot, "needs \(missing) chunks that are in no pack") }
    }

    private func harm(_ snapshot: CatalogedSnapshot, _ problem: String) {
        let finding = ledger.add(snapshot.name.path, problem)
        ledger.state.withLock { $0.report.findings[finding].snapshots.append(snapshot.digest) }
    }

    private func tell(_ problem: Failure) {
        guard problem.code == .keyDenied else { return _ = ledger.add("", problem.message) }
        ledger.note("A pack belongs to an epoch that this key does not open; its chunks were not looked at.")
    }
}
