import Primitives
import Sealing
import Storage

/// The index of a repository as far as it can be read, mended from pack footers where it cannot.
package struct IndexSet: Sendable {
    package let locator: ChunkLocator
    /// Runs that could not be read.
    package let problems: [Failure]

    /// Opens the runs of every domain that `opener` has keys for. A run that is damaged is left out and named in `problems`.
    package init(store: any ObjectStore, opener: SealOpener, cacheBytes: Int = 8 << 20) throws {
        var runs: [IndexRun] = []
        var problems: [Failure] = []
        for domain in opener.domains {
            var listed: [(name: ObjectName, size: Int64)] = []
            try store.list(below: Names.index(domain)) { listed.append(($0, $1)) }
            for result in try Self.open(listed.sorted { $0.name < $1.name }, store, opener) {
                switch result {
                case .success(let run): runs.append(run)
                case .failure(let failure): problems.append(failure)
                }
            }
        }
        locator = ChunkLocator(runs: runs, store: store, cacheBytes: cacheBytes) { indexed in
            try IndexRecovery.places(in: store, besides: indexed, opener: opener)
        }
        self.problems = problems
    }

    /// In the order of their names. A damaged header may name an epoch or a domain that nobody has keys for; so does an epoch sealed to
    /// others.
    private static func open(
        _ listed: [(name: ObjectName, size: Int64)], _ store: any ObjectStore, _ opener: SealOpener
    ) throws -> [Result<IndexRun, Failure>] {
        let opened = Monitor<[Int: Result<IndexRun, Failure>]>([:])
        try Concurrently.forEach(Array(listed.indices), threads: store.usefulThreads) { index in
            let result: Result<IndexRun, Failure>
            do {
                result = .success(
                    try IndexRun(
                        name: listed[index].name, size: listed[index].size, store: store, opener: opener))
            } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                result = .failure(failure)
            }
            opened.withLock { $0[index] = result }
        }
        let results = opened.withLock { $0 }
        return listed.indices.compactMap { results[$0] }
    }

    /// Names of the packs that some readable run lists.
    package var indexedPacks: Set<Digest32> { locator.indexedPacks }
}
