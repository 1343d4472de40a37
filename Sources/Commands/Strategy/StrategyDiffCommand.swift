import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives
import Strategy

struct StrategyDiffCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what one strategy file means that another does not.",
        discussion: """
            Comments, order and layout do not count. Behind each change stands what it concerns; the daemon raises a review for each of
            these when it takes the new file.

              safehold strategy diff safehold.yaml draft.yaml
            """)

    @Argument(help: ArgumentHelp("The file as it was.", valueName: "old"), completion: .file()) var old: String
    @Argument(help: ArgumentHelp("The file as it is to be.", valueName: "new"), completion: .file()) var new: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let (before, after) = (try session.strategyFile(old), try session.strategyFile(new))
        let difference = StrategyViews.difference(
            permit: try session.permit(InspectAction.self, on: .anything), from: try LoadStrategy.load(before),
            to: try LoadStrategy.load(after))
        for change in difference.changes {
            if session.output.json {
                session.output.record("strategy-change") { change.fill(&$0) }
            } else {
                session.output.line("\(change.text) [\(change.aspects.map(\.requirement).joined(separator: ", "))]")
            }
        }
        if !session.output.json, !session.output.quiet { session.output.line(Self.summary(difference)) }
        return .done
    }

    private static func summary(_ difference: StrategyDifference) -> String {
        guard !difference.changes.isEmpty else { return "Both mean the same." }
        let reviews = difference.aspects.map(\.rawValue).joined(separator: ", ")
        return "Reviews that this calls for: \(reviews)."
    }
}

extension StrategyDifference.Change {
    func fill(_ object: inout JSONObject) {
        object.set("place", path)
        object.set("before", before)
        object.set("after", after)
        object.set("concerns", aspects.map(\.rawValue))
        object.set("requirements", aspects.map(\.requirement))
    }
}

struct StrategyHistoryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the strategies that this host followed, and what each changed.",
        discussion: """
              safehold strategy history
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let versions = try StrategyViews.history(
            permit: try session.permit(InspectAction.self, on: .anything), state: session.surroundings.hostState)
        if session.output.json {
            for version in versions { session.output.record("strategy-version") { version.fill(&$0) } }
            return .done
        }
        if versions.isEmpty { session.output.line("This host did not follow any strategy yet.") }
        for version in versions {
            session.output.line(
                "\(Text.time(version.time))  \(Text.short(version.digest))  \(version.file), by \(version.user)")
            session.output.lines(version.changes.map { "  " + $0 })
        }
        return .done
    }
}

extension StrategyVersion {
    func fill(_ object: inout JSONObject) {
        object.set("digest", digest.hex)
        object.set("time", time)
        object.set("user", user)
        object.set("file", file)
        object.set("changes", changes)
    }
}
