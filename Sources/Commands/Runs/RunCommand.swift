import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives
import Service
import Strategy

struct RunCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Back up components now, as the strategy says how.",
        discussion: """
            All of them, or those that are named, as one set: they share a timestamp, and those with a freeze hook are frozen until all were
            read. What is done is written into this host's catalog. Exit status 3 when one of them was done in part, and its class of
            error when one failed; the others are backed up all the same.

              safehold run
              safehold run documentation database --full
            """)

    @Argument(help: ArgumentHelp("Only these; default: all.", valueName: "component"))
    var components: [String] = []

    @Flag(name: .long, help: "Read every file again.")
    var full = false

    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let loaded = try session.carriedOut(try session.strategy(strategyOptions))
        let chosen =
            try components.isEmpty ? loaded.strategy.components : components.map { try component($0, loaded.strategy) }
        let presence = try StrategyPresence(.run, surroundings.hostState)
        let catalog = try CatalogPlace.open(surroundings.hostState)
        let place = StrategyPlace(
            strategy: loaded.strategy, digest: loaded.digest.hex, catalog: catalog, surroundings: surroundings,
            software: Program.software)
        // Before anything of it is written into the catalog, frozen or thawed.
        for component in chosen { _ = try session.permit(BackupAction.self, on: place.target(of: component)) }
        let found = try TakeOver.run(
            by: .run, state: surroundings.hostState, catalog: catalog, at: surroundings.clock.now())
        for (component, failure) in found.stillFrozen {
            session.output.warning("'\(component)' is still frozen: \(failure.message) \(failure.advice)")
        }
        try StrategyKeeping.take(loaded, by: surroundings.user, at: surroundings.clock.now(), into: catalog)
        let observer = ProgressObserver(doing: "backup", session)
        defer { observer.finish() }
        let runs = try SetRun.carryOut(
            chosen.map { PlannedRun(component: $0, mode: full ? .full : .incremental) },
            stamp: SetStamp(surroundings.clock.now()), at: place, observer: observer,
            permit: { try session.permit(BackupAction.self, on: $0) })
        session.record?.note(runs.flatMap(\.auditObjects))
        _ = consume presence
        observer.finish()
        show(runs, session.output)
        return Self.outcome(runs)
    }

    private func component(_ name: String, _ strategy: BackupStrategy) throws -> ComponentPlan {
        guard let component = strategy.component(name) else {
            throw Failure(
                .usage, "The strategy has no component '\(name)'.",
                advice: "It has: \(strategy.components.map(\.name).joined(separator: ", ")).")
        }
        return component
    }

    private func show(_ runs: [RunRecord], _ output: Output) {
        if output.json {
            for run in runs { output.record("run") { run.fill(&$0) } }
            return
        }
        if !output.quiet {
            output.lines(RunTable.lines(runs))
            if let stamp = runs.first?.stamp { output.line("Set \(stamp).") }
        }
        for run in runs {
            guard let failure = run.failure else { continue }
            output.message("safehold: \(run.subject): \(failure.message)")
            output.message("  " + failure.advice)
        }
    }

    /// The worst that happened.
    private static func outcome(_ runs: [RunRecord]) -> Outcome {
        if let failure = runs.first(where: { $0.outcome == .failed || $0.outcome == .interrupted })?.failure {
            return .failed(failure.code.class)
        }
        return runs.allSatisfy(\.isGood) ? .done : .partial
    }
}
