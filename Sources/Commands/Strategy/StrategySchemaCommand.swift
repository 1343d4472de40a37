import ArgumentParser
import Identity
import Operations
import Primitives

struct StrategySchemaCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of strategy files, for editors.",
        discussion: """
            It knows the keys and the forms of values, and so helps while typing; 'safehold strategy check' knows everything.

              safehold strategy schema > safehold.schema.json
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let text = StrategyViews.schema(permit: try session.permit(InspectAction.self, on: .anything))
        if session.output.json {
            session.output.record("strategy-schema") { $0.set("text", text) }
        } else {
            session.output.bytes(Array(text.utf8))
        }
        return .done
    }
}
