import Capture

/// What a server says when its recovery fails, in words that tell a database administrator what to do.
enum RecoveryTrouble {
    static func ended(_ trial: RecoveryTrial, saying log: String) -> StreamFailure {
        let words = lastWords(log)
        if log.contains("recovery ended before configured recovery target was reached") {
            return trial.mayTargetLieBefore ? missed(log) : endedEarly(log)
        }
        if log.contains("requested recovery stop point is before consistent recovery point") {
            return StreamFailure(
                .unreachable, "The target lies before the end of the base backup.\(words)",
                advice: "Take an older base backup with --set or --at, or a later target.")
        }
        if log.contains("is not a child of this server's history")
            || log.contains("not in requested timeline") || log.contains("does not contain minimum recovery point")
        {
            return StreamFailure(
                .unreachable, "The base backup is not of the timeline that was asked for.\(words)",
                advice: "Name another timeline with --target-timeline, or an older base backup with --set or --at.")
        }
        if log.contains("could not locate required checkpoint record")
            || log.contains("WAL ends before end of online backup")
            || log.contains("WAL ends before consistent recovery point")
        {
            return StreamFailure(
                .failed, "The archive lacks the log that belongs to the base backup itself.\(words)",
                advice: "Take another base backup for the restore, with --set or --at.")
        }
        if log.contains("could not restore file") {
            let ours = log.split(whereSeparator: \.isNewline).last { $0.hasPrefix("safehold: ") }
            return StreamFailure(
                .failed, "A file of the log could not be fetched. \(ours.map { $0.dropFirst(10) } ?? "")\(words)",
                advice: "Run the restore_command by hand; 'safehold wal check' and 'safehold verify' say what is wrong."
            )
        }
        if log.contains("could not access file") || log.contains("could not load library") {
            return StreamFailure(
                .toolMissing, "The server needs an extension's library that is not installed here.\(words)",
                advice: "Install the packages of the extensions that the databases use, then try again.")
        }
        if log.contains("No space left") {
            return StreamFailure(
                .failed, "The disk of the scratch space is full.\(words)",
                advice: "Make room there, or name another directory with TMPDIR.")
        }
        return StreamFailure(
            .failed, "The server ended during its recovery.\(words)",
            advice: "Its last words say why; another base backup can be named with --set or --at.")
    }

    /// What servers say before the place that their recovery came to, and before when the last transaction of it ended.
    static let (lastPosition, lastTime) = ("redo done at ", "last completed transaction was at log time ")

    /// A target behind the last transaction is not reached even where all before it is there: a server stops at the first one that is later.
    private static func endedEarly(_ log: String) -> StreamFailure {
        let position = text(behind: lastPosition, in: log)?.prefix { !$0.isWhitespace }
        let time = text(behind: lastTime, in: log)
        let place = position.map { " at position \($0)," } ?? ""
        let last =
            time.map { "The last transaction in it ended at \($0)." }
            ?? "No transaction ended in it behind the base backup."
        return StreamFailure(
            .unreachable, "What is archived ends\(place) before the target. \(last)\(lastWords(log))",
            advice: "Recover all that is archived with --target-end"
                + (time.map { ", or to a time before \($0)" } ?? "")
                + ". What the server has since can be archived first: select pg_switch_wal().")
    }

    /// A name or a transaction that a server did not meet may be on either side of what it read.
    private static func missed(_ log: String) -> StreamFailure {
        let position = text(behind: lastPosition, in: log)?.prefix { !$0.isWhitespace }
        return StreamFailure(
            .unreachable,
            "The target is not in what is archived behind the base backup\(position.map { ", which ends at position \($0)" } ?? "").\(lastWords(log))",
            advice:
                "If it is earlier than the base backup, choose an earlier one with --at TIME. If it is later than what is archived, have the server archive what it has: select pg_switch_wal()."
        )
    }

    /// The rest of the last line that has the mark.
    static func text(behind mark: String, in log: String) -> String? {
        log.split(whereSeparator: \.isNewline).last { $0.contains(mark) }.flatMap { line in
            line.firstRange(of: mark).map { String(line[$0.upperBound...]) }
        }
    }

    /// Behind a sentence: what it said that was worse than a note, or else its end.
    static func lastWords(_ log: String) -> String {
        let lines = log.split(whereSeparator: \.isNewline)
        let bad = lines.filter(isBad)
        let shown = (bad.isEmpty ? lines.suffix(3) : bad.suffix(3)).map { line in
            line.firstRange(of: "] ").map { String(line[$0.upperBound...]) } ?? String(line)
        }
        return shown.isEmpty ? "" : " It said: " + shown.joined(separator: " / ")
    }

    /// Whether a line says what is worse than a note.
    static func isBad(_ line: some StringProtocol) -> Bool {
        ["FATAL:", "PANIC:", "ERROR:"].contains { line.contains($0) }
    }
}
