import Operations
import Primitives

/// How an erasure is shown.
extension ErasurePlan {
    func show(_ output: Output, isDryRun: Bool) {
        if output.json { return records(output, isDryRun) }
        guard !output.quiet else { return }
        output.lines(table)
        output.line(figures)
        if sole.locked.packs > 0 { output.line("The store keeps " + sole.locked.sentence) }
        if backupsUnderWay > 0 { output.line(Self.waiting(backupsUnderWay)) }
        if component == nil {
            output.line("What differences of snapshots that stay lean on stays with them, and is not counted.")
        }
        output.lines(copyLines)
        output.lines(isDryRun ? planned : done)
    }

    private var table: [String] {
        var table = Table(
            [
                ("snapshot", .left), ("time (UTC)", .left), ("host", .left), ("component", .left), ("files", .right),
                ("size", .right), ("kept by", .left),
            ])
        for line in lines {
            let details = line.summary.details
            let lock = line.lockedUntil.map { "locked until \(Text.time($0))" }
            table.add([
                Text.short(line.summary.id), Text.time(line.summary.time), line.summary.writerHost,
                Text.printable(Array((details?.component ?? "").utf8)), Text.count(details?.files ?? 0),
                Text.size(details?.contentBytes ?? 0),
                [line.isHeld ? "legal hold" : nil, lock].compactMap { $0 }.joined(separator: ", "),
            ])
        }
        return table.lines
    }

    private var figures: String {
        "\(Text.counted(UInt64(lines.count), "snapshot", "snapshots")); only they hold \(Text.counted(sole.chunks, "chunk", "chunks")), \(Text.size(sole.bytes)) as stored, in \(Text.counted(sole.packs, "pack", "packs"))."
    }

    static func waiting(_ backups: UInt64) -> String {
        "\(Text.counted(backups, "backup is", "backups are")) under way or cut off: a collection waits for the end of each, or until 72 hours after it began."
    }

    private var copyLines: [String] {
        copies.map { copy in
            let place = copy.place.map { " (\(Text.printable(Array($0.utf8))))" } ?? ""
            switch copy.kind {
            case .store:
                return
                    "The copy '\(copy.name)'\(place) may have it: 'safehold replicate --prune' follows after the collection."
            case .medium:
                let time = copy.copied.map { ", copied \(Text.time($0))" } ?? ""
                return
                    "The medium '\(copy.name)'\(place)\(time) may have it, and keeps it: destroy it, or make it anew."
            }
        } + ["Exports and restored files are not known here: 'safehold audit search --act export' finds some."]
    }

    private var planned: [String] {
        guard blocked.isEmpty else {
            return [
                "Nothing of it would be erased: \(Text.counted(UInt64(blocked.count), "snapshot is", "snapshots are")) held or locked."
            ]
        }
        return [
            "Plan \(digest.hex)",
            "It would be erased with --confirm \(digest.hex) and a --reason; where there is a directory of persons, with --request.",
        ]
    }

    private var done: [String] {
        [
            "Erased \(Text.counted(UInt64(lines.count), "snapshot", "snapshots")) by plan \(digest.hex).",
            "'safehold collect --compact-below 100' frees the bytes; 'safehold erase --status \(digest.hex.prefix(16))' says whether they are gone.",
        ]
    }

    private func records(_ output: Output, _ isDryRun: Bool) {
        for line in lines { output.record("erasure") { line.fill(&$0) } }
        for copy in copies { output.record("erasure-copy") { copy.fill(&$0) } }
        output.record("summary") { object in
            object.set("operation", "erase")
            object.set("outcome", "complete")
            object.set("dry_run", isDryRun)
            object.set("plan", digest.hex)
            object.set("component", component)
            object.set("snapshots", UInt64(lines.count))
            object.set("files", files)
            object.set("bytes", contentBytes)
            object.set("only_chunks", sole.chunks)
            object.set("only_bytes", sole.bytes)
            object.set("only_packs", sole.packs)
            object.set(sole.locked)
            object.set("backups_under_way", backupsUnderWay)
            object.set("blocked", UInt64(blocked.count))
        }
    }
}

extension ErasurePlan.Line {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("id", summary.id.hex)
        object.set("time", summary.time)
        object.set("writer", summary.writer.hex)
        object.set("writer_host", summary.writerHost)
        object.set("sequence", summary.sequence)
        object.set("component", summary.details?.component ?? "")
        object.set("files", summary.details?.files ?? 0)
        object.set("bytes", summary.details?.contentBytes ?? 0)
        object.set("held", isHeld)
        if let lockedUntil { object.set("locked_until", lockedUntil) }
    }
}

extension ErasurePlan.Copy {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("kind", kind.rawValue)
        object.set("name", name)
        object.set("place", place)
        if let copied { object.set("copied", copied) }
    }
}

extension ErasureStatus {
    func show(_ output: Output) {
        for problem in unreadable { output.found(problem) }
        if output.json { return record(output) }
        guard !output.quiet else { return }
        output.line(
            "\(Text.counted(UInt64(snapshots.count), "snapshot", "snapshots")) erased on \(Text.time(time)) by plan \(plan.hex)."
        )
        guard !isGone else {
            return output.line("Gone: the repository holds nothing that its snapshots do not need.")
        }
        output.line(
            "Not known to be gone: \(Text.size(bytes)) in \(Text.counted(packs, "pack", "packs")) are needed by no snapshot."
        )
        if staleRuns > 0 {
            output.line("\(Text.counted(staleRuns, "index run names", "index runs name")) packs that are gone.")
        }
        if locked.packs > 0 { output.line("The store keeps " + locked.sentence) }
        if backupsUnderWay > 0 { output.line(ErasurePlan.waiting(backupsUnderWay)) }
        output.line("'safehold collect --compact-below 100' frees what is not locked.")
    }

    private func record(_ output: Output) {
        output.record("summary") { object in
            object.set("operation", "erase-status")
            object.set("outcome", isGone ? "complete" : "partial")
            object.set("plan", plan.hex)
            object.set("time", time)
            object.set("snapshots", snapshots.map(\.hex))
            object.set("gone", isGone)
            object.set("packs", packs)
            object.set("bytes", bytes)
            object.set("index_runs", staleRuns)
            object.set(locked)
            object.set("backups_under_way", backupsUnderWay)
            object.set("findings", UInt64(unreadable.count))
        }
    }
}

extension CollectReport.Locked {
    fileprivate var sentence: String {
        let end = until.map { " until \(Text.time($0))" } ?? ""
        let hold = held > 0 ? ", \(Text.counted(held, "of them under a legal hold", "of them under legal holds"))" : ""
        return "\(Text.counted(packs, "pack", "packs")) of that, \(Text.size(bytes)), locked\(end)\(hold)."
    }
}

extension JSONObject {
    fileprivate mutating func set(_ locked: CollectReport.Locked) {
        set("packs_locked", locked.packs)
        set("bytes_locked", locked.bytes)
        set("packs_held", locked.held)
        if let until = locked.until { set("locked_until", until) }
    }
}
