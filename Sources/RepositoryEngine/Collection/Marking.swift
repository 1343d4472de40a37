import Primitives
import Sealing
import Storage

/// What snapshots need, and the packs in which it was found.
struct Marked {
    var live: LiveChunks
    /// With the packs that came since.
    var census: PackCensus
    var snapshots: Int
}

extension Marked {
    /// Lists the snapshots, and follows each that is not dropped. Whatever cannot be read or understood stops the collection: it might
    /// need anything.
    init(
        _ census: PackCensus, repository: Repository, opener: SealOpener, space: CollectionSpace,
        where isWanted: (CatalogedSnapshot) -> Bool = { _ in true }, checkpoint: () throws -> Void
    ) throws {
        let catalog = try SnapshotCatalog(repository: repository)
        if let problem = catalog.problems.first {
            throw Failure(
                problem.code, "Not every snapshot can be read, so nothing can be collected. \(problem.message)",
                advice: problem.advice)
        }
        try census.update()
        let reader = TwinReader(census, store: repository.store, opener: opener)
        let live = LiveChunks(space: space)
        let wanted = catalog.snapshots.filter { !$0.isDropped && isWanted($0) }
        for snapshot in wanted.filter(\.isCommitted) + wanted.filter({ !$0.isCommitted }) {
            try checkpoint()
            do {
                let roots = try snapshot.record.roots(opener: opener)
                try live.mark(
                    root: roots.listing, references: roots.references, isConfirmed: snapshot.isCommitted, reader: reader
                )
            } catch let error as EncodingError {
                throw Failure.damaged(snapshot.name, error.problem)
            }
        }
        try live.settle()
        self.init(live: live, census: census, snapshots: wanted.count)
    }
}
