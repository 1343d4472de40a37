import Anomaly
import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives

struct AnomaliesListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List snapshots with what was seen and thought of them, and alarms with the last clean snapshot.",
        discussion: """
            Takes a key that opens snapshots. Without one, only what this host's own catalog knows of open alarms is shown. Exit status 3 while
            there is an alarm that nobody has looked at.

              safehold anomalies list
              safehold anomalies list documentation --json
            """)

    @Argument(help: ArgumentHelp("Only this component; default: all.", valueName: "component"))
    var component: String?

    @Option(name: .long, help: ArgumentHelp("The newest so many snapshots.", valueName: "n"))
    var limit = 50

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit needs a number above 0.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let output = session.output
        guard let report = try AnomalyReading.report(session, repositoryOptions, keys, component) else {
            return try known(session)
        }
        for problem in report.problems { output.found(problem) }
        if report.unopened > 0 {
            let count = Text.counted(UInt64(report.unopened), "snapshot is", "snapshots are")
            output.warning("\(count) left out: this key does not open them.")
        }
        let lines = report.lines.suffix(limit)
        if output.json {
            for line in lines { output.record("anomaly") { line.fill(&$0) } }
            for finding in report.findings { output.record("alarm") { finding.fill(&$0) } }
        } else {
            output.lines(lines.isEmpty ? ["No snapshots."] : AnomalyTable.lines(lines))
            for finding in report.findings { output.lines([""] + finding.lines) }
        }
        if !report.problems.isEmpty { return .damaged }
        return report.findings.isEmpty ? .done : .partial
    }

    private func known(_ session: Session) throws -> Outcome {
        let output = session.output
        let entries = try Anomalies.known(
            permit: try session.permit(InspectAction.self, on: .anything), state: session.surroundings.hostState
        ).filter { component == nil || $0.component == component }
        if output.json {
            for entry in entries { output.record("alarm") { entry.fill(&$0) } }
        } else {
            output.lines(entries.isEmpty ? ["This host knows of no open alarm."] : entries.flatMap(\.lines))
            if !output.quiet {
                output.message(
                    "What was seen of each snapshot is shown with a key: --passphrase-file FILE or SAFEHOLD_PASSPHRASE_FILE."
                )
            }
        }
        return entries.isEmpty ? .done : .partial
    }
}

enum AnomalyReading {
    /// Nil where no key was given.
    static func report(
        _ session: Session, _ options: RepositoryOptions, _ keys: KeyOptions, _ component: String?
    ) throws -> Anomalies.Report? {
        guard try keys.source(session.surroundings, asking: false) != nil else { return nil }
        let permit = try session.permit(
            InspectAction.self, on: Target(component: component, store: try session.location(options)))
        let (repository, opener) = try session.unlocked(options, keys, for: "Looking for anomalies")
        return try Anomalies.report(
            permit: permit, repository: repository, opener: opener, state: session.surroundings.hostState,
            component: component)
    }
}

enum AnomalyTable {
    static func lines(_ lines: some Sequence<Anomalies.Line>) -> [String] {
        var table = Table([
            ("snapshot", .left), ("time (UTC)", .left), ("component", .left), ("verdict", .left), ("added", .right),
            ("changed", .right), ("gone", .right), ("unreadable", .right), ("new", .right), ("why", .left),
        ])
        for line in lines {
            let (summary, verdict) = (line.summary, line.details.verdict)
            var row = [
                Text.short(summary.id), Text.time(summary.time), Text.printable(Array(line.details.component.utf8)),
                (verdict?.level.name ?? "unknown") + (line.isCleared ? ", cleared" : ""),
            ]
            if let signals = line.details.signals, signals.isCompared {
                row += [signals.added.files, signals.changed.files, signals.lost, signals.damage].map(Text.count)
                row.append(Text.size(signals.bytesNew))
            } else {
                row += ["", "", "", "", ""]
            }
            table.add(row + [verdict?.reasons.map(\.signal.name).joined(separator: ", ") ?? ""])
        }
        return table.lines
    }
}

extension Anomalies.Line {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("id", summary.id.hex)
        object.set("time", summary.time)
        object.set("writer", summary.writer.hex)
        object.set("writer_host", summary.writerHost)
        object.set("sequence", summary.sequence)
        object.set("component", details.component)
        object.set("verdict", (details.verdict?.level ?? .unknown).name)
        object.set("cleared", isCleared)
        object.set("signals", details.verdict?.reasons.map(\.signal.name) ?? [])
        object.set("reasons", details.verdict?.sentences ?? [])
        guard let signals = details.signals, signals.isCompared else { return }
        object.set("files", signals.files)
        for (name, tally) in [("added", signals.added), ("changed", signals.changed), ("removed", signals.removed)] {
            object.set("files_" + name, tally.files)
            object.set("bytes_" + name, tally.bytes)
        }
        object.set("files_moved", signals.moved)
        object.set("files_renamed", signals.renamed)
        object.set("files_lost", signals.lost)
        object.set("files_looked", signals.looked)
        object.set("files_noise", signals.noise)
        object.set("files_headless", signals.headless)
        object.set("files_unreadable", signals.damage)
        object.set("bytes_read", signals.bytesRead)
        object.set("bytes_new", signals.bytesNew)
        object.set("bytes_packed", signals.bytesPacked)
    }
}

extension Anomalies.Finding {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("component", component)
        object.set("writer_host", host)
        object.set("snapshots", alarms.map(\.id.hex))
        object.set("reasons", reasons)
        object.set("first", first.id.hex)
        object.set("last_clean", lastClean?.id.hex)
    }

    fileprivate var lines: [String] {
        let clean =
            lastClean.map { "last clean: \(Text.short($0.id)) of \(Text.time($0.time)) UTC" }
            ?? "last clean: none is left"
        return [
            "ALARM: '\(Text.printable(Array(component.utf8)))' of \(host), since \(Text.short(first.id)) of \(Text.time(first.time)) UTC; nothing of it is dropped."
        ] + reasons.map { "  \($0)" } + ["  " + clean]
    }
}

extension AnomalyEntry {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("component", component)
        object.set("snapshots", [snapshot])
        object.set("reasons", sentences)
        object.set("last_clean", lastClean)
    }

    private var sentences: [String] { reasons.split(separator: "\n").map(String.init) }

    var lines: [String] {
        let clean = lastClean.map { "last clean: \($0.prefix(16))" } ?? "last clean: not known to this host"
        return [
            "ALARM: '\(Text.printable(Array(component.utf8)))', snapshot \(snapshot.prefix(16)) of \(Text.time(time)) UTC; nothing of it is dropped."
        ] + sentences.map { "  \($0)" } + ["  " + clean]
    }
}
