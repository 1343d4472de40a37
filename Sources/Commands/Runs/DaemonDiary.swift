import Catalog
import Journal
import Operations
import Primitives
import Service

/// What the daemon says, as entries of the log.
struct DaemonDiary: Sendable {
    private let journal: Journal

    init(_ journal: Journal) { self.journal = journal }

    func write(_ saying: DaemonSaying) {
        switch saying {
        case .ready(let file, let jobs):
            journal.note(.notice, "Carrying out \(file): \(Text.counted(UInt64(jobs), "job", "jobs")).")
        case .watching(let sentence): journal.note(.info, sentence)
        case .trouble(let failure): journal.note(.error, failure)
        case .note(let text): journal.note(.warning, text)
        case .stopping: journal.note(.notice, "Asked to stop: what is under way ends first.")
        case .run(let run): write(run)
        }
    }

    private func write(_ run: RunRecord) {
        var fields: [JournalEntry.Field: String] = [.job: run.job, .run: String(run.id)]
        fields[run.job.hasPrefix("backup/") ? .component : .store] = run.subject
        fields[.stamp] = run.stamp
        fields[.snapshot] = run.figures.snapshot
        fields[.duration] = run.seconds.map { Text.oneDecimal($0) }
        let what = "\(run.subject): \(run.mode), \(run.outcome.rawValue)"
        if let failure = run.failure {
            fields[.code] = failure.code.rawValue
            journal.note(level(run), "\(what). \(failure.message) \(failure.advice)", fields)
        } else {
            let moved =
                run.figures.snapshot == nil
                ? "" : ", \(Text.size(run.figures.bytesRead)) read, \(Text.size(run.figures.bytesStored)) stored"
            journal.note(level(run), what + moved + ".", fields)
        }
    }

    private func level(_ run: RunRecord) -> JournalEntry.Level {
        switch run.outcome {
        case .complete, .covered, .running: .info
        case .interrupted: .notice
        case .partial, .missed: .warning
        case .failed: run.failure?.code.class == .integrity ? .critical : .error
        }
    }
}
