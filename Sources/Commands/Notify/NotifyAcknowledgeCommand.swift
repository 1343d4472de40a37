import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct NotifyAcknowledgeCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Say that you look after an incident: nobody else is called.",
        discussion: """
            It stays open until what is wrong is over; everybody who was told of it hears of that. 'safehold status' lists what is open.

              safehold notify acknowledge 17
            """)

    @Argument(help: ArgumentHelp("The incident's number, as messages and 'status' have it.", valueName: "number"))
    var number: Int64

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let incident = try AcknowledgeIncident.run(
            permit: try session.permit(StrategyAction.self), state: surroundings.hostState, number: number,
            clock: surroundings.clock)
        if session.output.json {
            session.output.record("incident") { incident.fill(&$0) }
        } else if !session.output.quiet {
            session.output.line("Incident \(number) is acknowledged: \(incident.event.summary)")
        }
        return .done
    }
}
