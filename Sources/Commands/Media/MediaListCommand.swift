import ArgumentParser
import Identity
import Operations
import Primitives

struct MediaListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the media that this host knows: where each is, and how it was at its last check.",
        discussion: """
            From this host's book; no medium need be attached. Without --repository: the media of all repositories.

              safehold media list
              safehold media list --json
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let now = session.surroundings.clock.now()
        let media = try ListMedia.run(
            permit: try session.permit(InspectAction.self, on: .anything), state: session.surroundings.hostState,
            repository: try session.repositoryID(repositoryOptions))
        if session.output.json {
            for medium in media { session.output.record("medium") { medium.fill(&$0, at: now) } }
        } else if media.isEmpty {
            session.output.line("This host knows no media. 'safehold media init' makes one.")
        } else {
            session.output.lines(table(media, now))
        }
        return .done
    }

    private func table(_ media: [MediumFacts], _ now: Timestamp) -> [String] {
        var table = Table([
            ("label", .left), ("site", .left), ("where", .left), ("due", .left), ("copied", .left), ("checked", .left),
            ("snapshots", .right), ("size", .right),
        ])
        for medium in media {
            let place = [medium.custodian, medium.location].compactMap { $0 }.joined(separator: ", ")
            table.add([
                medium.label, medium.site ?? "-", medium.isOut ? place : medium.location ?? "here",
                medium.due.map { medium.isOverdue(at: now) ? "\($0) OVERDUE" : $0 } ?? "-",
                medium.copied.map { Text.day($0) + (medium.isPartial ? " in part" : "") } ?? "never",
                medium.check.map { Text.day($0.time) + ($0.damaged > 0 ? ", \($0.damaged) damaged" : ", whole") }
                    ?? "never",
                Text.count(medium.snapshots), Text.size(medium.bytes),
            ])
        }
        return table.lines
    }
}

extension Text {
    /// 2026-03-02, UTC.
    static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }
}
