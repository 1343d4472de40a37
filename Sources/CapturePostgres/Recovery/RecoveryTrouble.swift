import Capture

/// What a server says when its recovery fails, in words that tell a database administrator what to do.
enum RecoveryTrouble {
    static func ended(saying log: String) -> StreamFailure {
        let words = lastWords(log)
        if log.contains("recovery ended before configured recovery target was reached") {
            return StreamFailure(
                .unreachable, "What is archived ends before the target.\(words)",
                advice: "Recover to the end of the archive, or to an earlier target.")
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
