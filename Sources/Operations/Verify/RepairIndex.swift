import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a repair of the index did.
package struct RepairIndexSummary: Sendable {
    package var packs: UInt64 = 0
    package var chunks: UInt64 = 0
    package var runs: [ObjectName] = []
    /// Packs whose footers could not be read, and runs that are damaged.
    package var problems: [Failure] = []

    package init() {}
}

/// Writes index runs anew for packs that no readable run lists, from the footers of those packs.
package enum RepairIndex {
    /// Chunks in one run; a run is written when there are as many, so that memory does not grow with the repository.
    private static let chunksPerRun = 1 << 20

    package static func run(
        permit: consuming Permit<VerifyAction>, repository: Repository, opener: SealOpener,
        observer: any OperationObserver
    ) throws -> RepairIndexSummary {
        let index = try IndexSet(store: repository.store, opener: opener)
        var summary = RepairIndexSummary()
        summary.problems = index.problems
        var waiting: [DomainID: [FinishedPack]] = [:]
        var damaged: [Failure] = []
        try IndexRecovery.forEachPack(
            in: repository.store, besides: try readable(index, repository), opener: opener,
            damaged: { damaged.append($0) }
        ) { found in
            if observer.isCancelled { throw Failure.interrupted }
            waiting[found.domain, default: []].append(found.pack)
            let packs = waiting[found.domain] ?? []
            guard packs.reduce(0, { $0 + $1.entries.count }) >= chunksPerRun else { return }
            try write(packs, found.domain, repository, &summary)
            waiting[found.domain] = nil
        }
        for (domain, packs) in waiting.sorted(by: { $0.key < $1.key }) {
            try write(packs, domain, repository, &summary)
        }
        summary.problems += damaged
        return summary
    }

    /// Packs of runs whose every page can be read.
    private static func readable(_ index: IndexSet, _ repository: Repository) throws -> Set<Digest32> {
        var packs: Set<Digest32> = []
        for run in index.locator.runs {
            do {
                try run.forEachEntry(store: repository.store) { _ in }
                packs.formUnion(run.packs.map(\.name))
            } catch let failure as Failure where failure.code.class == .integrity {
                continue
            }
        }
        return packs
    }

    private static func write(
        _ packs: [FinishedPack], _ domain: DomainID, _ repository: Repository, _ summary: inout RepairIndexSummary
    ) throws {
        guard let bundle = repository.keyring.newestEpoch(of: domain) else { return }
        let session = try SealingSession(id: SessionID.random(), repository: repository.id, bundle: bundle)
        let run = try IndexRunWriter.write(packs, session: session, store: repository.store)
        summary.runs.append(Names.indexRun(domain, run.name))
        summary.packs += UInt64(packs.count)
        summary.chunks += packs.reduce(0) { $0 + UInt64($1.entries.count) }
    }
}
