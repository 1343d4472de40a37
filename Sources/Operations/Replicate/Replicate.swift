import Identity
import Primitives
import RepositoryEngine
import Storage

package struct ReplicateOptions: Sendable {
    /// Whether a copy may be begun where there is none yet.
    package var creates = false
    /// Whether what the source dropped and collected goes at the destinations too.
    package var follows = false
    package var confirmsDespiteDamage = false
    /// Bytes a second that are read from the source; nil for as many as there can be.
    package var bytesPerSecond: UInt64?
    package init() {}
}

/// Copies a repository to other stores, and back. It takes no key.
package enum Replicate {
    /// Copies wait for stores more than for processors.
    private static let threads = max(4, WorkerThreads.processorCount)

    /// One report for each destination. A failure of one of them stands in its report and does not end the copying to the others.
    package static func run(
        permit: consuming Permit<ReplicateAction>, from source: any ObjectStore, to destinations: [any ObjectStore],
        options: ReplicateOptions, observer: any OperationObserver
    ) throws -> [CopyReport] {
        var replicator = Replicator(from: source, to: destinations) {
            if observer.isCancelled { throw Failure.interrupted }
        }
        let transfer = Transfer(observer, bytesPerSecond: options.bytesPerSecond)
        replicator.threads = threads
        replicator.creates = options.creates
        replicator.follows = options.follows
        replicator.confirmsDespiteDamage = options.confirmsDespiteDamage
        replicator.pace = { transfer.read($0) }
        replicator.expects = { transfer.expect($0, $1) }
        replicator.advances = { _ in transfer.advance() }
        return try replicator.run().map(CopyReport.init)
    }

    /// How far each destination is behind.
    package static func lag(
        permit: consuming Permit<ReplicateAction>, from source: any ObjectStore, to destinations: [any ObjectStore]
    ) throws -> [CopyLag] {
        try destinations.map { CopyLag(try ReplicationLag(of: $0, behind: source)) }
    }

    /// Brings back from `copy` what is missing in `store`, and with all data read what is damaged; without, those of `named` that are.
    package static func mend(
        permit: consuming Permit<ReplicateAction>, _ store: any ObjectStore, from copy: any ObjectStore,
        readingData: Bool, named: [String] = [], observer: any OperationObserver
    ) throws -> MendReport {
        var mending = Mending(store, from: copy) { if observer.isCancelled { throw Failure.interrupted } }
        let transfer = Transfer(observer, bytesPerSecond: nil)
        mending.threads = threads
        mending.readsData = readingData
        mending.named = Set(named.map { ObjectName($0) })
        mending.expects = { transfer.expect($0, $1) }
        mending.pace = { transfer.read($0) }
        mending.advances = { _ in transfer.advance() }
        return MendReport(try mending.run())
    }
}
