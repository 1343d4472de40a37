import Capture
import Primitives
import Strategy
import WriteAheadLog

/// What a recovery is made of, and what was done of it.
package struct RecoveryReport: Sendable {
    package var component: String
    package var snapshot: SnapshotSummary
    /// Of the base backup: from where to where, and when it had ended.
    package var startPosition: String
    package var stopPosition: String
    package var baseTimeline: UInt32
    package var ended: Timestamp
    package var plan: RecoveryPlan
    package var target: RecoveryTarget
    /// Content of the base backup.
    package var baseBytes: UInt64
    /// Of the log that may be read.
    package var logBytes: UInt64
    /// What a server in scratch space was seen to recover; nil where none was tried.
    package var proof: RecoveryProof?
    /// Nil where nothing was written.
    package var written: RecoveryWriting.Outcome?
    package var seconds: Double = 0

    init(_ prepared: PreparedRecovery, _ request: RecoveryRequest) {
        component = request.component
        snapshot = prepared.base.summary
        let facts = prepared.base.facts
        startPosition = facts.startPosition.description
        stopPosition = facts.stopPosition.description
        (baseTimeline, ended) = (facts.timeline, facts.ended)
        plan = prepared.plan
        target = request.target
        baseBytes = prepared.base.summary.details?.contentBytes ?? 0
        logBytes = prepared.plan.segments * prepared.archive.segmentSize.bytes
    }
}
