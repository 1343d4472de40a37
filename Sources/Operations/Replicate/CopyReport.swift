import Primitives
import RepositoryEngine
import Storage

/// What a replication did for one destination.
package struct CopyReport: Sendable {
    package var destination: String
    package var objectsCopied: UInt64
    package var bytesCopied: UInt64
    package var snapshotsConfirmed: UInt64
    /// Snapshots that the destination was not told of, because something that they may need is missing.
    package var snapshotsHeldBack: UInt64
    package var objectsRemoved: UInt64
    package var bytesRemoved: UInt64
    /// Objects that were to be removed and that the destination keeps locked.
    package var objectsLocked: UInt64
    package var problems: [Failure]
    /// What ended the copying to this destination before its time.
    package var failure: Failure?

    init(_ report: ReplicationReport) {
        destination = report.destination
        objectsCopied = report.objectsCopied
        bytesCopied = report.bytesCopied
        snapshotsConfirmed = report.snapshotsConfirmed
        snapshotsHeldBack = report.snapshotsHeldBack
        objectsRemoved = report.objectsRemoved
        bytesRemoved = report.bytesRemoved
        objectsLocked = report.objectsLocked
        problems = report.problems
        failure = report.failure
    }
}

/// How far a destination is behind its source.
package struct CopyLag: Sendable {
    package struct Writer: Sendable {
        package var id: WriterID
        package var host: String
        /// When the newest snapshot that counts was committed, at the source and at the destination.
        package var source: Timestamp?
        package var destination: Timestamp?
        package var snapshotsBehind: UInt64
    }

    package var destination: String
    package var writers: [Writer]
    package var objectsBehind: UInt64
    package var bytesBehind: UInt64

    init(_ lag: ReplicationLag) {
        destination = lag.destination
        objectsBehind = lag.objectsBehind
        bytesBehind = lag.bytesBehind
        writers = lag.writers.map {
            Writer(
                id: $0.writer, host: $0.host, source: $0.source, destination: $0.destination,
                snapshotsBehind: $0.snapshotsBehind)
        }
    }
}

/// What a repair from a copy did; objects are named.
package struct MendReport: Sendable {
    package var missing: UInt64
    package var damaged: UInt64
    package var broughtBack: [String]
    /// Where the damaged bytes are now.
    package var setAside: [String]
    package var problems: [Failure]

    init(_ report: MendingReport) {
        missing = UInt64(report.missing.count)
        damaged = UInt64(report.damaged.count)
        broughtBack = report.broughtBack.map(\.path)
        setAside = report.setAside.map(\.path)
        problems = report.problems
    }
}
