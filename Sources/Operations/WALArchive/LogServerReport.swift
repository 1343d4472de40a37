import Capture
import Primitives
import WriteAheadLog

/// What a component's server says of its log, and what of that keeps the log from being archived. The server has to be asked before the
/// archive is read: what it counts as archived by then must be there.
package struct LogServerReport: Sendable {
    /// By which way the log comes into the archive.
    package enum Way: Sendable, Equatable { case slot(String), command }

    /// Nil where the server did not answer.
    package let standing: LogServerStanding?
    package let way: Way?
    /// What is wrong.
    package private(set) var findings: [Failure] = []
    /// What may be meant so.
    package private(set) var remarks: [String] = []

    /// The server did not answer.
    package init(_ failure: Failure) {
        (standing, way, findings) = (nil, nil, [failure])
    }

    package init(_ standing: LogServerStanding, _ request: AskLogServer.Request, archive: CheckLog.Report) {
        self.standing = standing
        let isReceived = request.slot != nil || !standing.slots.isEmpty
        let way = isReceived ? Way.slot(request.askedSlot) : .command
        self.way = way
        if let system = archive.system, system != standing.systemIdentifier {
            findings = [
                Failure(
                    .walForeign,
                    "The server of '\(request.component)' is the cluster \(standing.systemIdentifier), and the archive has the log of the cluster \(system).",
                    advice:
                        "Look at the strategy: each server needs a component of its own. Was another cluster meant, name it with --system."
                )
            ]
            return
        }
        let last = archive.timelines.compactMap { SegmentName($0.last) }.max {
            ($0.number(standing.segmentSize) ?? 0) < ($1.number(standing.segmentSize) ?? 0)
        }
        switch way {
        case .slot(let name): judge(name, standing, isExpected: request.slot != nil, last)
        case .command: judge(standing.archiver, standing, request.component, last)
        }
    }

    /// The slot by which the log is received, as the server has it.
    package var slot: LogServerStanding.Slot? {
        guard case .slot(let name)? = way else { return nil }
        return standing?.slots.first { $0.name == name }
    }

    // MARK: A slot

    private mutating func judge(
        _ name: String, _ standing: LogServerStanding, isExpected: Bool, _ last: SegmentName?
    ) {
        guard let slot else {
            let missing = StreamFailure.missingSlot(name)
            return findings.append(Failure(.walSlotMissing, missing.message, advice: missing.advice))
        }
        let lag = slot.facts.lag.map { " It holds back \(Wording.size($0)) of log." } ?? ""
        switch slot.facts.standing {
        case .lost?:
            let lost = StreamFailure.lostSlot(name)
            return findings.append(Failure(.walGap, lost.message, advice: lost.advice))
        case .unreserved?:
            stalled(
                "The server is about to remove log that the slot '\(name)' needs: it is beyond max_slot_wal_keep_size.\(lag)",
                "Have it received now, with the daemon or with 'safehold wal receive', or raise max_slot_wal_keep_size."
            )
        case .extended?:
            remarks.append(
                "The server keeps more log than max_wal_size for the slot '\(name)'.\(lag) Watch its disk until that is received."
            )
        case .reserved?, nil: break
        }
        if slot.isActive == false {
            let sentence = "Nobody receives by the slot '\(name)' now, and the server keeps its log.\(lag)"
            // Without 'slot' in the strategy it may be received now and then.
            if isExpected {
                stalled(sentence, "Start 'safehold daemon', or 'safehold wal receive', and see what it says.")
            } else {
                remarks.append(sentence)
            }
        }
        guard let restart = slot.facts.restart else {
            return judgeEmpty(name, isTold: slot.isActive != nil)
        }
        let kept = SegmentName(timeline: last?.timeline ?? 1, at: restart, size: standing.segmentSize)
        if let last, let number = last.number(standing.segmentSize),
            restart.value / standing.segmentSize.bytes > number + 1
        {
            findings.append(
                Failure(
                    .walGap,
                    "The server keeps its log for the slot '\(name)' from \(kept) on, and the archive ends with \(last).",
                    advice:
                        "'safehold wal receive --once' fetches what the server still has of what is between; make a new base backup where it says that some is missing."
                ))
        }
    }

    /// Of a slot that has no position. Over a connection of replication a server does not say why (`isTold`).
    private mutating func judgeEmpty(_ name: String, isTold: Bool) {
        guard !isTold else {
            return stalled(
                "The server keeps no log for the slot '\(name)' yet.",
                "It does from the moment on that somebody receives by it: start 'safehold daemon' or 'safehold wal receive'."
            )
        }
        stalled(
            "The server keeps no log for the slot '\(name)': nobody has received by it so far, or it fell behind and is lost.",
            "'select wal_status from pg_replication_slots' says on the server which; let the role into a database to have it told here. Start 'safehold wal receive': it goes on, or says that the slot is lost."
        )
    }

    private mutating func stalled(_ sentence: String, _ advice: String) {
        findings.append(Failure(.walStalled, sentence, advice: advice))
    }

    // MARK: archive_command

    private mutating func judge(
        _ archiver: LogServerStanding.Archiver, _ standing: LogServerStanding, _ component: String,
        _ last: SegmentName?
    ) {
        if standing.isStandby == true, archiver.mode != .always {
            return remarks.append(
                "The server is a standby, which hands no log over: whether its primary does is not seen from here.")
        }
        let advice =
            "Set archive_mode = on and archive_command = 'safehold wal push --component \(component) %p', or have the log received by a slot."
        guard archiver.mode != .off else {
            return stalled(
                "The server hands no log over: archive_mode is off.", advice + " archive_mode takes a restart.")
        }
        if let library = archiver.library, !library.isEmpty {
            return stalled(
                "The server hands its log to archive_library '\(library)', and calls no archive_command.",
                "Make archive_library empty. " + advice)
        }
        if let command = archiver.command {
            guard !command.isEmpty else {
                return stalled("The server hands no log over, and keeps all of it: archive_command is empty.", advice)
            }
            if !(command.contains("wal push") && command.contains(component)) {
                remarks.append(
                    "The server's archive_command does not call 'safehold wal push --component \(component)', as far as can be seen. Does a script that it calls?"
                )
            }
        } else {
            remarks.append(
                "What the server's archive_command does is not known: that takes an ordinary connection to a database of its."
            )
        }
        judge(archiver, standing.segmentSize, last)
    }

    private mutating func judge(
        _ archiver: LogServerStanding.Archiver, _ size: SegmentSize, _ last: SegmentName?
    ) {
        if let failed = archiver.failed, archiver.archived.map({ $0.time < failed.time }) ?? true {
            let before =
                archiver.archived.map { "the last that succeeded was \($0.file), at \($0.time)" }
                ?? "none has succeeded"
            stalled(
                "The server's archive_command fails: with \(failed.file) last, at \(failed.time); \(before).",
                "Its words are in the server's log. The server keeps its log meanwhile: watch its disk.")
        }
        guard let archived = archiver.archived, case .segment(let name)? = LogFileName(archived.file) else { return }
        guard let last else {
            // It may be of another archive, before this one.
            return remarks.append(
                "The server counts \(name) as archived, at \(archived.time), and this archive has nothing: look at where archive_command takes it."
            )
        }
        guard let counted = name.number(size), let number = last.number(size), counted > number else { return }
        findings.append(
            Failure(
                .walGap,
                "The server counts \(name) as archived, at \(archived.time), and the archive ends with \(last).",
                advice:
                    "archive_command may succeed only when the file is in this archive: look at it, and make a new base backup."
            ))
    }
}
