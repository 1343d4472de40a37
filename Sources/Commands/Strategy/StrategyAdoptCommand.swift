import ArgumentParser
import Identity
import Operations
import Primitives

struct StrategyAdoptCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Answer for a strategy file: this host follows it from now on.",
        discussion: """
            On a host with a directory of persons. One that demands no less than the adopted one is taken at once. What shortens retention,
            weakens locks, leaves drills or reviews out, or runs other programs takes the agreement of others, who see these lines.

              safehold strategy adopt
              safehold strategy adopt --strategy /etc/safehold/safehold.yaml --request
              safehold strategy adopt --strategy /etc/safehold/safehold.yaml --request-id 1f3a9c20
            """)

    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let adoption = StrategyAdoption(session.surroundings)
        let permit = try session.permit(StrategyAction.self)
        let loaded = try session.strategy(strategyOptions)
        if fourEyes.request {
            guard let plan = try adoption.plan(for: loaded) else {
                throw Failure(
                    .usage, "This strategy demands no less than the one before.", advice: "Nobody has to be asked.")
            }
            return try fourEyes.ask(for: plan, permit, session)
        }
        let adopted = try adoption.adopt(
            permit: permit, loaded, leave: try fourEyes.leave(session))
        if session.output.json {
            session.output.record("adopted-strategy") { object in
                object.set("digest", adopted.digest.hex)
                object.set("file", loaded.file)
                object.set("time", adopted.at)
            }
        } else if !session.output.quiet {
            session.output.line("This host follows \(loaded.file) as it is now, \(adopted.digest.hex).")
        }
        return .done
    }
}

extension Session {
    /// A strategy that is to be carried out. A person without a role for it carries out the adopted one only.
    func carriedOut(
        _ loaded: LoadedStrategy, for purpose: StrategyAdoption.Purpose = .running
    ) throws -> LoadedStrategy {
        try StrategyAdoption(surroundings).require(
            loaded, for: purpose, permit: { try permit(StrategyAction.self) })
        return loaded
    }
}
