import ArgumentParser
import Operations
import Primitives

struct WALCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "See whether the write-ahead log in the archive is whole.",
        discussion: """
            Names timelines, gaps, missing histories, and files that were archived with different content. A gap is an error (exit
            status 11) when a base backup that is still there could not be followed beyond it.

              safehold wal check database
              safehold wal check database --json
            """)

    @Argument(help: "The component whose log it is.")
    var component: String

    @Option(
        name: .long,
        help: ArgumentHelp("The system identifier of the cluster, where there are several.", valueName: "number"))
    var system: UInt64?

    @OptionGroup var place: LogPlaceOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let location = try session.logLocation(component, place)
        let (repository, opener, archive) = try session.logArchive(component, at: location, keys)
        let opened = try OpenedRepository(
            permit: try session.permit(InspectAction.self), repository: repository, opener: opener)
        let report = try CheckLog.run(
            permit: try session.permit(InspectAction.self), archive: try archive.of(system: system),
            bases: CheckLog.Bases(of: component, in: opened))
        show(report, session.output)
        return report.isWhole ? .done : .damaged
    }

    private func show(_ report: CheckLog.Report, _ output: Output) {
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
        if output.json {
            output.record("summary") { report.fill(&$0, component: component) }
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
