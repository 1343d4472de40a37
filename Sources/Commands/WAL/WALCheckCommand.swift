import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct WALCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "See whether the write-ahead log in the archive is whole.",
        discussion: """
            Names timelines, gaps, missing histories, and files that were archived with different content. A gap is an error (exit
            status 11) when a base backup that is still there could not be followed beyond it.

            Where the strategy says how the component's server is reached, that is asked as well: for its slot or its archive_command, how far
            it is ahead, and what keeps its log from being archived. A server that cannot be asked is an error, whatever the archive is.
            That is told where nothing is archived yet, too. Who names a repository means that alone, unless --strategy is given, too.

              safehold wal check database
              safehold wal check database --json
              safehold wal check database --archive-only
            """)

    @Argument(help: "The component whose log it is.")
    var component: String

    @Option(
        name: .long,
        help: ArgumentHelp("The system identifier of the cluster, where there are several.", valueName: "number"))
    var system: UInt64?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The replication slot by which the log is received. Default: the component's 'slot' in the strategy, or safehold_ and its name where the server has that.",
            valueName: "name"))
    var slot: String?

    @Flag(name: .long, help: "Do not ask the server.")
    var archiveOnly = false

    @OptionGroup var place: LogPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let location = try session.logLocation(component, place)
        let target = Target(component: component, store: location)
        // Before the archive is read: what the server counts as archived has to be there.
        let asked = try archiveOnly ? nil : ask(session, target)
        let (repository, opener, archive): (OpenRepository, Opener, LogArchive)
        do {
            (repository, opener, archive) = try session.logArchive(component, at: location, keys)
        } catch let failure as Failure where failure.code == .snapshotMissing {
            // Why nothing is archived, the server may know.
            if let server = asked?(CheckLog.Report()) { session.output.show(server) }
            throw failure
        }
        let opened = try OpenedRepository(
            permit: try session.permit(InspectAction.self, on: target), repository: repository, opener: opener)
        let report = try CheckLog.run(
            permit: try session.permit(InspectAction.self, on: target), archive: try archive.of(system: system),
            bases: CheckLog.Bases(of: component, in: opened))
        let server = asked?(report)
        show(report, server, session.output)
        guard report.isWhole else { return .damaged }
        return server?.findings.first.map { .failed($0.code.class) } ?? .done
    }

    func validate() throws {
        guard slot == nil || !archiveOnly else {
            throw ValidationError("--slot and --archive-only contradict each other.")
        }
        guard slot.map(BaseBackupPlan.isSlotName) ?? true else {
            throw ValidationError("--slot takes lower-case letters, digits and '_', 63 at most.")
        }
    }

    /// Returns what is to be said of the server once it is known what the archive has; nil where nobody says how it is reached.
    private func ask(_ session: Session, _ target: Target) throws -> ((CheckLog.Report) -> LogServerReport)? {
        guard let plan = try session.logServer(component, place) else { return nil }
        let request = AskLogServer.Request(component: component, server: plan.server, slot: slot ?? plan.slot)
        do {
            let standing = try AskLogServer.run(
                permit: try session.permit(InspectAction.self, on: target), request: request,
                surroundings: session.surroundings)
            return { LogServerReport(standing, request, archive: $0) }
        } catch let failure as Failure {
            return { _ in LogServerReport(failure) }
        }
    }

    private func show(_ report: CheckLog.Report, _ server: LogServerReport?, _ output: Output) {
        for timeline in report.timelines {
            if output.json {
                output.record("wal-timeline") { timeline.fill(&$0) }
            } else {
                output.line(timeline.line)
            }
        }
        for gap in report.gaps where !gap.isHarmful {
            if output.json {
                output.record("wal-gap") { gap.fill(&$0) }
            } else {
                output.line("Missing, before the oldest base backup: \(gap.text).")
            }
        }
        for failure in report.failures { output.found(failure) }
        if let server { output.show(server) }
        if output.json {
            output.record("summary") { object in
                report.fill(&object, component: component)
                object.set("server", server?.word)
            }
        } else if !output.quiet {
            output.line(report.line)
        }
    }
}

extension CheckLog.Timeline {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("timeline", UInt64(number))
        object.set("first", first)
        object.set("last", last)
        object.set("segments", segments)
        object.set("newest", newest.description)
        object.set("history", hasHistory)
    }

    fileprivate var line: String {
        "Timeline \(number): \(first) to \(last), \(Text.counted(segments, "segment", "segments")), the last of \(newest)"
    }
}

extension CheckLog.Gap {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("timeline", UInt64(timeline))
        object.set("first", first)
        object.set("last", last)
        object.set("segments", count)
        object.set("harmful", isHarmful)
    }

    fileprivate var text: String {
        count == 1 ? first : "\(first) to \(last), \(Text.counted(count, "segment", "segments"))"
    }
}

extension CheckLog.Report {
    /// All that is wrong.
    fileprivate var failures: [Failure] {
        gaps.filter(\.isHarmful).map {
            Failure(
                .walGap, "Missing on timeline \($0.timeline): \($0.text). Recovery ends before it.",
                advice:
                    "Archive it if the server still has it; make a new base backup if not, from which on any moment can be reached again."
            )
        }
            + missingHistories.map {
                Failure(
                    .walGap, "The history of timeline \($0) is missing: recovery cannot come to that timeline.",
                    advice: "Copy the file from the server's pg_wal with 'safehold wal push'.")
            }
            + conflicts.map { conflict in
                let contents = conflict.contents.map { $0.snapshots.joined(separator: ", ") }
                return Failure(
                    .walConflict,
                    "\(conflict.name) has different content in \(contents.joined(separator: " and in ")).",
                    advice: "Find out which server wrote which, and drop the wrong one with 'safehold forget'.")
            } + doubts
    }

    fileprivate func fill(_ object: inout JSONObject, component: String) {
        object.set("operation", "wal-check")
        object.set("outcome", isWhole ? "complete" : "damaged")
        object.set("component", component)
        object.set("system_identifier", system.map(String.init))
        object.set("timelines", UInt64(timelines.count))
        object.set("segments", timelines.reduce(0) { $0 + $1.segments })
        object.set("newest", timelines.map(\.newest).max()?.description)
        object.set("gaps", UInt64(gaps.count))
        object.set("conflicts", UInt64(conflicts.count))
        object.set("duplicates", duplicates)
        object.set("base_backups", baseBackups)
    }

    fileprivate var line: String {
        let segments = Text.counted(timelines.reduce(0) { $0 + $1.segments }, "segment", "segments")
        let backups = Text.counted(baseBackups, "base backup", "base backups")
        return isWhole
            ? "The log is whole: \(segments), \(backups)." : "The log is not whole: \(segments), \(backups)."
    }
}
