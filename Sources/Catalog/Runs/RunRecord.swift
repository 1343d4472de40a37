import Primitives

/// One run of a job: a backup, a copy, a verification, or that there was none when one was due.
package struct RunRecord: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable {
        case running, complete, partial, failed, missed, interrupted
        /// What was due was done by a run of another job: a full backup is an incremental one too.
        case covered
    }

    package var id: Int64 = 0
    /// The job's name, for instance backup/documentation/full.
    package var job: String
    /// The component or store that it is about.
    package var subject: String
    package var mode: String
    /// Of the set that it belongs to.
    package var stamp: String?
    package var due: Timestamp?
    package var started: Timestamp
    package var ended: Timestamp?
    package var outcome: Outcome
    package var attempt: Int = 1
    /// Digest of the strategy file that asked for it, in hexadecimal digits.
    package var strategy: String?
    package var figures = Figures()
    package var failure: Failure?

    package init(
        job: String, subject: String, mode: String, stamp: String? = nil, due: Timestamp? = nil, started: Timestamp,
        outcome: Outcome = .running, attempt: Int = 1, strategy: String? = nil
    ) {
        (self.job, self.subject, self.mode, self.stamp) = (job, subject, mode, stamp)
        (self.due, self.started, self.outcome, self.attempt) = (due, started, outcome, attempt)
        self.strategy = strategy
    }

    /// What it moved.
    package struct Figures: Sendable, Equatable {
        /// The snapshot's id in hexadecimal digits.
        package var snapshot: String?
        package var files: UInt64 = 0
        package var bytes: UInt64 = 0
        package var bytesRead: UInt64 = 0
        package var bytesNew: UInt64 = 0
        package var bytesStored: UInt64 = 0
        package var problems: UInt64 = 0
        /// What was thought of how the snapshot differs from the one before, and why; nil where nobody looked.
        package var verdict: String?
        package var anomaly: String?
        package init() {}
    }

    package var isGood: Bool { outcome == .complete || outcome == .covered }
}

/// A line of a run's log.
package struct RunLine: Sendable, Equatable {
    package enum Level: String, Sendable { case note, warning, problem }
    package var time: Timestamp
    package var level: Level
    package var text: String

    package init(time: Timestamp, level: Level, text: String) {
        (self.time, self.level, self.text) = (time, level, text)
    }
}

/// What a schedule must remember of a job, so that a restart neither repeats nor skips.
package struct JobMemory: Sendable, Equatable {
    /// The newest due time that was dealt with.
    package var handled: Timestamp?
    package var failures = 0
    /// Since when something that changed waits to be backed up.
    package var waiting: Timestamp?
    /// When it is tried again, and for which due time.
    package var retry: Timestamp?
    package var retryDue: Timestamp?
    package init() {}
}
