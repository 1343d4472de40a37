import Primitives
import Storage

/// What a replication did for one destination.
package struct ReplicationReport: Sendable {
    package var destination: String
    package var objectsCopied: UInt64 = 0
    package var bytesCopied: UInt64 = 0
    /// Snapshots that were confirmed at the destination by this run.
    package var snapshotsConfirmed: UInt64 = 0
    /// Snapshots that the source has confirmed and the destination was not told of, because something that they may need is missing.
    package var snapshotsHeldBack: UInt64 = 0
    package var objectsRemoved: UInt64 = 0
    package var bytesRemoved: UInt64 = 0
    /// Objects that were to be removed and that the destination keeps locked.
    package var objectsLocked: UInt64 = 0
    /// What is wrong: damaged or lost at the source, different at the destination.
    package var problems: [Failure] = []
    /// What ended the copying to this destination before its time.
    package var failure: Failure?

    package init(destination: String) { self.destination = destination }
}

extension Failure {
    package static func diverged(_ name: some CustomStringConvertible, _ source: String, _ destination: String)
        -> Failure
    {
        Failure(
            .replicaDiverged, "\(name) is not the same in \(source) and in \(destination). Nothing was overwritten.",
            advice:
                "Run 'safehold verify' on both: one was altered, is damaged, or was written to by itself. What its writer stored later is not copied until that is settled; an empty destination takes a whole copy."
        )
    }
}
