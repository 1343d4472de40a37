import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct StrategyShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the whole strategy, with everything that was left to defaults.",
        discussion: """
            What comes out is a strategy file itself, without comments and with absolute paths.

              safehold strategy show
            """)

    @OptionGroup var strategy: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let loaded = try session.strategy(strategy)
        let text = StrategyViews.text(permit: try session.permit(InspectAction.self, on: .anything), loaded)
        guard session.output.json else {
            session.output.bytes(Array(text.utf8))
            return .done
        }
        session.output.record("strategy") { object in
            object.set("file", loaded.file)
            object.set("digest", loaded.digest.hex)
            object.set("project", loaded.strategy.project)
            object.set("timezone", loaded.strategy.timeZone)
            object.set("components", loaded.strategy.components.map(\.name))
            object.set("stores", loaded.strategy.stores.map(\.name))
            object.set("text", text)
        }
        return .done
    }
}

struct StrategyExplainCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say in sentences what the strategy means, with the next due times.",
        discussion: """
            Behind each sentence stands which demand of the strategy document it answers.

              safehold strategy explain
              safehold strategy explain database
            """)

    @Argument(help: ArgumentHelp("One component only.", valueName: "component")) var component: String?

    @OptionGroup var strategy: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let explanation = try StrategyViews.explanation(
            permit: try session.permit(InspectAction.self, on: .anything), try session.strategy(strategy),
            component: component,
            clock: session.surroundings.clock)
        for (index, section) in explanation.sections.enumerated() {
            if !session.output.json { session.output.lines((index > 0 ? [""] : []) + [section.title]) }
            for sentence in section.sentences {
                if session.output.json {
                    session.output.record("explanation") { object in
                        object.set("about", section.title)
                        object.set("text", sentence.text)
                        object.set("requirements", sentence.requirements)
                    }
                } else {
                    let demands =
                        sentence.requirements.isEmpty ? "" : " [\(sentence.requirements.joined(separator: ", "))]"
                    session.output.line("  \(sentence.text)\(demands)")
                }
            }
        }
        return .done
    }
}
