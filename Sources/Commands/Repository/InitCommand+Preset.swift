import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

/// Begins with a strategy, and makes the repository that it backs up to.
extension InitCommand {
    func validatePreset() throws {
        guard preset != nil else {
            if project != nil || noRepository || strategy.strategy != nil {
                throw ValidationError("--project, --strategy and --no-repository go with --preset.")
            }
            return
        }
        if join || repositoryOptions.repository != nil {
            throw ValidationError(
                "--preset goes without --join and --repository: the strategy says where backups are kept.")
        }
    }

    func begun(_ session: Session, preset: String) throws -> Outcome {
        let named = strategy.strategy ?? session.surroundings.strategyFile ?? "safehold.yaml"
        let file = try session.text(try session.absolute(named))
        let loaded = try WriteStrategy.run(
            permit: try session.permit(StrategyAction.self), preset: preset, project: project, file: file)
        if session.output.json {
            session.output.record("strategy-file") { object in
                object.set("file", file)
                object.set("preset", preset)
                object.set("project", loaded.strategy.project)
            }
        } else if !session.output.quiet {
            session.output.line("Wrote the strategy \(file).")
        }
        if !noRepository {
            show(try made(session, at: try WriteStrategy.primary(loaded.strategy).location), session)
        }
        if !session.output.json, !session.output.quiet { session.output.lines(Self.nextSteps(file)) }
        return .done
    }

    private static func nextSteps(_ file: String) -> [String] {
        [
            "",
            "What to do next:",
            "  fill in contacts, mail server and stores in \(file)",
            "  safehold strategy check    says what is wrong or not filled in",
            "  safehold strategy explain  says what it means, and when what is due",
            "  safehold run               carries it out once",
            "  safehold daemon            carries it out for good",
        ]
    }
}
