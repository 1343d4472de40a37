import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a restorer's key lets be checked: listings, chunks, and whom damage harms.
final class ContentVerification {
    private let repository: Repository
    private let opener: SealOpener
    private let ledger: VerifyLedger
    private let inventory: Inventory
    private let index: IndexSet
    private let packs: PackCache
    /// Committed snapshots that can be opened, with what they say.
    private var snapshots: [(snapshot: CatalogedSnapshot, description: SnapshotDescription, references: ChunkID)] = []

    init(repository: Repository, opener: SealOpener, ledger: VerifyLedger, inventory: Inventory) throws {
        self.repository = repository
        self.opener = opener
        self.ledger = ledger
        self.inventory = inventory
        index = try IndexSet(store: repository.store, opener: opener)
        packs = PackCache(store: repository.store, opener: opener)
        for problem in index.problems { ledger.add(problem) }
        IndexVerification(index: index, ledger: ledger, inventory: inventory).checkSizes()
        openSnapshots()
    }

    private func openSnapshots() {
        for snapshot in inventory.catalog.committed {
            do {
                let description = try snapshot.record.description(opener: opener)
                let roots = try snapshot.record.roots(opener: opener)
                guard roots.listing == description.root else { throw EncodingError("names two different listings") }
                snapshots.append((snapshot, description, roots.references))
            } catch let failure as Failure where failure.code == .keyDenied {
                ledger.note(
                    "\(snapshot.name) belongs to an epoch that this key does not open; only its signature was checked.")
            } catch {
                let problem = (error as? EncodingError)?.problem ?? (error as? Failure)?.message ?? "cannot be opened"
                let finding = ledger.add(snapshot.name.path, problem)
                ledger.state.withLock { $0.report.findings[finding].snapshots.append(snapshot.digest) }
            }
        }
    }

    private func chunkReader(_ domain: DomainID) throws -> ChunkReader {
        guard let identity = opener.identity(of: domain) else {
            throw Failure(
                .keyDenied, "This key does not open domain \(domain.hex.prefix(8)).",
                advice: "Use a key of its recipients.")
        }
        return ChunkReader(store: repository.store, locator: index.locator, packs: packs, identity: identity)
    }

    // MARK: - Listings

    /// Every committed snapshot's listing decodes, mirrors its twin, and leads to chunks that are there.
    func checkListings() throws {
        let sizes = inventory.sizes
        for (domain, group) in Dictionary(grouping: snapshots, by: \.snapshot.record.domain) {
            var check = ListingCheck(
                locator: index.locator, packs: sizes, listing: try chunkReader(domain),
                chunks: try chunkReader(domain), checkpoint: { [ledger] in try ledger.checkpoint() })
            for entry in group { try check.check(root: entry.description.root, references: entry.references) }
            for finding in check.findings { ledger.lose(finding.chunk, ledger.add(finding.object, finding.problem)) }
            add(missing: check.missing)
            ledger.state.withLock { $0.report.listedEntries += check.records }
            ledger.count(chunks: check.references)
        }
        try IndexVerification(index: index, ledger: ledger, inventory: inventory).checkRuns()
    }

    /// Every file names what its pieces lean on.
    func checkBases(_ deltas: DeltaBases) throws {
        guard !deltas.isEmpty else { return }
        for (domain, group) in Dictionary(grouping: snapshots, by: \.snapshot.record.domain) {
            var check = DeltaCheck(
                deltas: deltas, listing: try chunkReader(domain), contents: try chunkReader(domain),
                chunks: try chunkReader(domain))
            for entry in group {
                try check.check(root: entry.description.root) { [ledger] in try ledger.checkpoint() }
            }
            for finding in check.findings { ledger.lose(finding.chunk, ledger.add(finding.object, finding.problem)) }
        }
    }

    private func add(missing: [ChunkID: Digest32?]) {
        var nowhere: Int?
        for (chunk, pack) in missing.sorted(by: { $0.key < $1.key }) {
            if let pack, let object = inventory.packs.first(where: { $0.digest == pack }) {
                ledger.lose(chunk, ledger.add(pack: pack, object.name.path, "is shorter than the index says"))
            } else if let pack {
                let known = ledger.state.withLock { $0.packs[pack] }
                ledger.lose(chunk, known ?? ledger.add(pack: pack, "pack \(pack.hex)", "is missing"))
            } else {
                let finding =
                    nowhere ?? ledger.add("chunks", "\(missing.count) chunks that snapshots need are in no pack")
                nowhere = finding
                ledger.lose(chunk, finding)
            }
        }
    }

    // MARK: - Data

    /// Begins to read every pack once, on all processors; listings can be checked meanwhile. Lists that grow with the repository lie in `scratch`.
    func beginReadingPacks(scratch: String) throws -> PackReading {
        try reading(scratch: scratch).begin(inventory.packs)
    }

    /// Reads these, in this order, and begins with none after `deadline`. Returns those in which all is as it should be.
    func readPacks(_ objects: [Inventory.Object], until deadline: ContinuousClock.Instant?, scratch: String) throws
        -> [Digest32]
    {
        let reading = try reading(scratch: scratch).begin(objects, deadline)
        try reading.finish()
        return reading.proven
    }

    private func reading(scratch: String) throws -> PackReading {
        try PackReading(
            store: repository.store, opener: opener, packs: packs, locator: index.locator, ledger: ledger,
            basesMayLack: !inventory.collected.isEmpty || inventory.isUnderWay, scratch: scratch)
    }

    // MARK: - Whom damage harms

    /// Walks the listings once more, where anything is lost, and names the files that need it.
    func findAffected() throws {
        let lost = ledger.state.withLock { $0.chunks }
        guard !lost.isEmpty else { return }
        for (domain, group) in Dictionary(grouping: snapshots, by: \.snapshot.record.domain) {
            let search = AffectedFiles(
                lost: lost, listing: ListingReader(chunks: try chunkReader(domain)),
                contents: ListingReader(chunks: try chunkReader(domain)),
                probe: try chunkReader(domain), ledger: ledger)
            for entry in group { try search.run(entry.snapshot.digest, root: entry.description.root) }
            let candidates = group.reversed().map { entry in
                IntactVersions.Candidate(
                    digest: entry.snapshot.digest, time: entry.snapshot.record.time, root: entry.description.root,
                    chain: [entry.snapshot.record.writer.hex, entry.description.component])
            }
            var versions = IntactVersions(
                candidates, search: search, listing: ListingReader(chunks: try chunkReader(domain)))
            for (index, finding) in ledger.state.withLock({ $0.report.findings }).enumerated()
            where !finding.files.isEmpty {
                try ledger.checkpoint()
                let found = try versions.find(finding)
                ledger.state.withLock { $0.report.findings[index].intact.merge(found) { known, _ in known } }
            }
        }
    }
}
