import ArgumentParser
import Identity
import Operations
import Primitives

struct HoldListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the snapshots that are under a hold. Needs no key.",
        discussion: """
              safehold hold list
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let held = try Hold.list(
            permit: try session.permit(InspectAction.self, in: repositoryOptions),
            repository: try session.repository(repositoryOptions))
        if session.output.json {
            for line in held { session.output.record("hold") { line.fill(&$0) } }
        } else if !session.output.quiet {
            session.output.lines(held.isEmpty ? ["No snapshot is under a hold."] : HoldTable.lines(held))
        }
        return .done
    }
}

enum HoldTable {
    static func lines(_ held: [Hold.Line]) -> [String] {
        var table = Table(
            ["snapshot", "time (UTC)", "host", "held since", "reason"].map { (heading: $0, alignment: .left) })
        for line in held {
            table.add([
                Text.short(line.summary.id), Text.time(line.summary.time), line.summary.writerHost,
                Text.time(line.since), Text.printable(Array(line.reason.utf8)),
            ])
        }
        return table.lines
    }
}

extension Hold.Line {
    func fill(_ object: inout JSONObject) {
        object.set("id", summary.id.hex)
        object.set("time", summary.time)
        object.set("writer", summary.writer.hex)
        object.set("writer_host", summary.writerHost)
        object.set("sequence", summary.sequence)
        object.set("held", isHeld)
        object.set("since", since)
        object.set("reason", reason)
        object.set("objects", objects.map { UInt64($0) })
    }
}
