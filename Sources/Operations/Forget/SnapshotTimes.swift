import Primitives
import RepositoryEngine
import Storage
import Strategy

/// The trusted times of all snapshots of a repository, the dropped and the unconfirmed ones among them: each bounds those after it.
struct SnapshotTimes {
    private var times: [Digest32: Timestamp] = [:]
    /// One for each writer some of whose times cannot be.
    private(set) var warnings: [String] = []

    init(_ catalog: SnapshotCatalog, repository: Repository, now: Timestamp) throws {
        let arrivals = Monitor<[Digest32: Timestamp]>([:])
        try Concurrently.forEach(catalog.snapshots, threads: repository.store.usefulThreads) { snapshot in
            guard let arrival = try repository.store.arrival(of: snapshot.name) else { return }
            arrivals.withLock { $0[snapshot.digest] = arrival }
        }
        let known = arrivals.withLock { $0 }
        let chains = Dictionary(grouping: catalog.snapshots, by: \.record.writer)
        for (writer, members) in chains.sorted(by: { $0.key.hex < $1.key.hex }) {
            let chain = members.sorted { $0.record.sequence < $1.record.sequence }
            let links = chain.map { TrustedTimes.Link(claimed: $0.record.time, arrived: known[$0.digest]) }
            let trusted = TrustedTimes.of(links, now: now)
            for (snapshot, time) in zip(chain, trusted) { times[snapshot.digest] = time }
            let host = repository.keyring.writers[writer]?.host ?? writer.hex
            if let warning = Self.warning(host, chain, trusted) { warnings.append(warning) }
        }
    }

    func trusted(_ snapshot: CatalogedSnapshot) -> Timestamp { times[snapshot.digest] ?? snapshot.record.time }

    private static func warning(_ host: String, _ chain: [CatalogedSnapshot], _ trusted: [Timestamp]) -> String? {
        let wrong = zip(chain, trusted).filter { snapshot, time in
            !snapshot.isDropped && TrustedTimes.isSuspicious(snapshot.record.time, trusted: time)
        }
        guard let (first, time) = wrong.first else { return nil }
        let count = wrong.count == 1 ? "A snapshot" : "\(wrong.count) snapshots"
        return
            "\(count) of \(host) \(wrong.count == 1 ? "says" : "say") a time that cannot be: \(first.digest.hex.prefix(12)) says \(first.record.time) and counts as of \(time). The host's clock was wrong, or somebody else writes with its key."
    }
}
