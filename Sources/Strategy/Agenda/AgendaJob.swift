import Primitives

/// Something that is done by a schedule.
package struct AgendaJob: Sendable, Equatable {
    package enum Nature: Sendable, Equatable {
        /// What it does includes what jobs of lower rank of the same subject do at that moment.
        case backup(rank: Int)
        case upkeep
        /// People are told, and nothing is carried out: it ends when it begins.
        case reminder
    }

    /// Unique.
    package var name: String
    /// No two jobs work on one subject at once.
    package var subject: String
    package var schedule: Schedule
    package var nature: Nature
    /// At most so long after its due time it begins, so that many hosts do not all ask at once.
    package var spread: Duration

    package init(name: String, subject: String, schedule: Schedule, nature: Nature, spread: Duration = .zero) {
        (self.name, self.subject, self.schedule) = (name, subject, schedule)
        (self.nature, self.spread) = (nature, spread)
    }

    var isBackup: Bool { if case .backup = nature { true } else { false } }
    var rank: Int { if case .backup(let rank) = nature { rank } else { 0 } }
    var isOnChange: Bool { if case .onChange = schedule { true } else { false } }

    /// The same for the same job and due time, everywhere (FNV-1a).
    func delay(of due: Timestamp) -> Duration {
        let whole = UInt64(max(0, spread.components.seconds))
        guard whole > 0 else { return .zero }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array("\(name) \(due.nanoseconds)".utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return .seconds(Int64(hash % (whole + 1)))
    }
}

/// What an agenda must remember of a job across restarts, so that nothing is repeated and nothing skipped.
package struct AgendaMemory: Sendable, Equatable {
    /// The newest due time that was dealt with.
    package var handled: Timestamp?
    /// In a row.
    package var failures = 0
    /// Since when something that changed waits.
    package var waiting: Timestamp?
    /// When it is tried again, and for which due time; nil where it is not.
    package var retry: Timestamp?
    package var retryDue: Timestamp?

    package init() {}
}

/// How a run ended, as far as the agenda has to know.
package enum AgendaOutcome: Sendable, Equatable {
    case done
    /// It may succeed when it is tried again soon.
    case failedForNow
    case failed
    /// Stopped before its end, by whoever stopped the program: it is gone on with.
    case interrupted
}

/// What is to be done now, or written down.
package enum AgendaAction: Sendable, Equatable {
    package struct Start: Sendable, Equatable {
        package var job: String
        /// Nil for what begins because something changed.
        package var due: Timestamp?
        package var attempt: Int
    }

    /// Backups of one moment: what is due at the same time, or is caught up on together. They share `moment`.
    case startSet([Start], moment: Timestamp)
    case start(Start)
    /// Was due while nobody could begin it, and a newer one stands for it.
    case missed(job: String, due: Timestamp)
    /// A job of a higher rank does it.
    case covered(job: String, due: Timestamp)
    case clockWentBack(Duration)
}
