import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct NotifyTestCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a true message over every channel, and say what became of each.",
        discussion: """
            The message says that nothing is wrong. Exit status 0 when all of them went out, 13 when one did not.

              safehold notify test
              safehold notify test --contact 'Anna Beck'
              safehold notify test --role security-lead
            """)

    @Option(name: .long, help: ArgumentHelp("Only to this contact.", valueName: "name"))
    var contact: String?

    @Option(name: .long, help: ArgumentHelp("Only to contacts with this role.", valueName: "role"))
    var role: String?

    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let (surroundings, output) = (session.surroundings, session.output)
        let sent = try SendTestMessages.run(
            permit: try session.permit(StrategyAction.self),
            strategy: try session.carriedOut(try session.strategy(strategyOptions)).strategy,
            choice: SendTestMessages.Choice(contact: contact, role: role), host: surroundings.host,
            clock: surroundings.clock)
        for one in sent {
            if output.json {
                output.record("message-sent") { object in
                    object.set("contact", one.contact)
                    object.set("channel", one.channel)
                    object.set("sent", one.error == nil)
                    object.set("error", one.error)
                }
            } else if let error = one.error {
                output.line("NOT SENT  \(one.contact), \(one.channel): \(error)")
            } else {
                output.line("sent      \(one.contact), \(one.channel)")
            }
        }
        return sent.allSatisfy { $0.error == nil } ? .done : .failed(Failure.Code.notificationFailed.class)
    }
}
