import ArgumentParser
import Identity
import Operations
import Primitives

struct AnomaliesTimelineCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Say when the files behind open alarms were changed, to the minute.",
        discussion: """
            What is different between the last clean snapshot and the newest with an alarm, by the times at which the file system says that
            files became what they are, which programs cannot choose. What people did then is in the audit log.

              safehold anomalies timeline documentation
              safehold audit search --since 2026-11-28T03:00:00Z --until 2026-11-28T03:30:00Z
            """)

    @Argument(help: ArgumentHelp("Only this component; default: all with an open alarm.", valueName: "component"))
    var component: String?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let output = session.output
        let target = Target(component: component, store: try session.location(repositoryOptions))
        let opened = try session.reading(repositoryOptions, keys, for: "Looking when files were changed")
        let timelines = try AlarmTimeline.read(
            permit: try session.permit(InspectAction.self, on: target), opened: opened,
            state: session.surroundings.hostState, component: component,
            isCancelled: { session.surroundings.terminal.isInterrupted() })
        for timeline in timelines {
            if output.json {
                output.record("timeline") { timeline.fill(&$0) }
            } else {
                output.lines(timeline.lines)
            }
        }
        if timelines.isEmpty, !output.json { output.line("There is no open alarm with a clean snapshot before it.") }
        return .done
    }
}

extension AlarmTimeline {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("component", component)
        object.set("writer_host", host)
        object.set("last_clean", lastClean.id.hex)
        object.set("newest", newest.id.hex)
        object.set("files", files)
        object.set("files_timed", timed)
        guard let began, let ended, let busiest else { return }
        object.set("began", began)
        object.set("ended", ended)
        object.set("busiest", busiest.minute)
        object.set("busiest_files", busiest.files)
    }

    fileprivate var lines: [String] {
        let name = "'\(Text.printable(Array(component.utf8)))' of \(host)"
        let count = Text.counted(files, "file", "files")
        guard let began, let ended, let busiest else {
            return [
                "\(name): \(count) changed or came since \(Text.short(lastClean.id)); none of their times is known."
            ]
        }
        return [
            "\(name): \(count) changed or came since \(Text.short(lastClean.id)), the first at \(Text.time(began)), the last at \(Text.time(ended)) UTC;",
            "  \(Text.count(busiest.files)) of them in the minute from \(Text.time(busiest.minute)) on.",
        ]
    }
}
