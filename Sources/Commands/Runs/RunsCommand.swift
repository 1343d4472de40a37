import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives

struct RunsCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Show what was run on this host: backups, copies, verifications, and what was missed.",
        discussion: """
            Reads this host's catalog and no repository. Takes no key. With a run's number, its whole log.

              safehold runs
              safehold runs --component database --limit 100
              safehold runs 4711
            """)

    @Argument(help: ArgumentHelp("Show this run and its log.", valueName: "number"))
    var number: Int64?

    @Option(name: .long, help: ArgumentHelp("Only runs of this component or store.", valueName: "name"))
    var component: String?

    @Option(name: .long, help: ArgumentHelp("The newest so many.", valueName: "n"))
    var limit = 20

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit needs a number above 0.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(InspectAction.self, on: .anything)
        let (state, output) = (session.surroundings.hostState, session.output)
        if let number {
            let (run, lines) = try RunHistory.run(permit: permit, state: state, number: number)
            show(run, lines, output)
            return .done
        }
        var choice = RunHistory.Choice()
        (choice.subject, choice.limit) = (component, limit)
        let runs = try RunHistory.runs(permit: permit, state: state, choice: choice)
        if output.json {
            for run in runs.reversed() { output.record("run") { run.fill(&$0) } }
        } else {
            output.lines(runs.isEmpty ? ["No run yet."] : RunTable.lines(runs.reversed()))
        }
        return .done
    }

    private func show(_ run: RunRecord, _ lines: [RunLine], _ output: Output) {
        if output.json {
            output.record("run") { run.fill(&$0) }
            for line in lines {
                output.record("run-line") { object in
                    object.set("run", UInt64(clamping: run.id))
                    object.set("time", line.time)
                    object.set("level", line.level.rawValue)
                    object.set("text", line.text)
                }
            }
            return
        }
        output.lines(run.lines)
        for line in lines {
            output.line("  \(Text.time(line.time))  \(line.level.rawValue): \(Text.printable(Array(line.text.utf8)))")
        }
    }
}

enum RunTable {
    static func lines(_ runs: some Sequence<RunRecord>) -> [String] {
        var table = Table([
            ("run", .right), ("started (UTC)", .left), ("took", .right), ("what", .left), ("outcome", .left),
            ("read", .right), ("stored", .right), ("snapshot", .left),
        ])
        for run in runs {
            table.add([
                String(run.id), Text.time(run.started), run.seconds.map(Text.duration) ?? "",
                "\(run.subject) \(run.mode)",
                run.outcome.rawValue, Text.size(run.figures.bytesRead), Text.size(run.figures.bytesStored),
                run.figures.snapshot.map { String($0.prefix(16)) } ?? run.failure?.code.rawValue ?? "",
            ])
        }
        return table.lines
    }
}

extension RunRecord {
    var seconds: Double? {
        ended.map { max(0, Double($0.nanoseconds - started.nanoseconds) / 1e9) }
    }

    func fill(_ object: inout JSONObject) {
        object.set("id", UInt64(clamping: id))
        object.set("job", job)
        object.set("subject", subject)
        object.set("mode", mode)
        object.set("set", stamp)
        if let due { object.set("due", due) }
        object.set("started", started)
        if let ended { object.set("ended", ended) }
        object.set("outcome", outcome.rawValue)
        object.set("attempt", UInt64(clamping: attempt))
        object.set("strategy", strategy)
        object.set("snapshot", figures.snapshot)
        object.set("files", figures.files)
        object.set("bytes", figures.bytes)
        object.set("bytes_read", figures.bytesRead)
        object.set("bytes_new", figures.bytesNew)
        object.set("bytes_stored", figures.bytesStored)
        object.set("problems", figures.problems)
        object.set("verdict", figures.verdict)
        object.set("anomaly", figures.anomaly)
        if let failure {
            object.set("code", failure.code.rawValue)
            object.set("message", failure.message)
            object.set("advice", failure.advice)
        }
    }

    /// One run, for a person.
    var lines: [String] {
        var lines = ["Run \(id): \(subject), \(mode), \(outcome.rawValue)\(attempt > 1 ? " (attempt \(attempt))" : "")"]
        if let due { lines.append("  due      \(Text.time(due)) UTC") }
        lines.append("  started  \(Text.time(started)) UTC" + (seconds.map { ", took \(Text.duration($0))" } ?? ""))
        if let stamp { lines.append("  set      \(stamp)") }
        if let snapshot = figures.snapshot {
            lines.append(
                "  snapshot \(snapshot.prefix(16)): \(Text.counted(figures.files, "file", "files")), \(Text.size(figures.bytes))"
            )
        }
        lines.append(
            "  read     \(Text.size(figures.bytesRead)), new \(Text.size(figures.bytesNew)), stored \(Text.size(figures.bytesStored))"
        )
        if let anomaly = figures.anomaly { lines.append("  \(figures.verdict ?? "")   \(anomaly)") }
        if let failure { lines += ["  \(failure.code.rawValue): \(failure.message)", "  \(failure.advice)"] }
        return lines
    }
}
