import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database",
        abstract: "Bring back what programs printed, and prove that a restored database is the one that was backed up.",
        discussion: """
            Backups of databases and other streams are made by 'safehold run' and the daemon, as the strategy says; docs/databases.md.

              safehold database check pharmacy
              safehold database restore pharmacy --set 20261125T000000Z
              safehold database compare database --database iqhis_restored
            """,
        subcommands: [DatabaseRestoreCommand.self, DatabaseCheckCommand.self, DatabaseCompareCommand.self])
}

/// Which component of the strategy, and which of its snapshots.
struct StreamedComponentOptions: ParsableArguments {
    @Argument(help: "A component of the strategy that is made of streams or databases.")
    var component: String

    @OptionGroup var moment: ComponentOptions
    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions
}

extension Session {
    /// The component, and its snapshot: of the moment that was asked for, or the newest complete one; and what a permit for it is asked for.
    func streamed<Action: PermittedAction>(
        _ options: StreamedComponentOptions, for what: String, by action: Action.Type
    ) throws -> (ComponentPlan, OpenedSnapshot, Target) {
        let strategy = try carriedOut(try self.strategy(options.strategyOptions)).strategy
        guard let component = strategy.component(options.component) else {
            throw Failure(
                .usage, "The strategy has no component '\(options.component)'.",
                advice: "It has: \(strategy.components.map(\.name).joined(separator: ", ")).")
        }
        guard component.isStreamed else {
            throw Failure(
                .usage, "The component '\(component.name)' is made of files.",
                advice: "Bring it back with 'safehold restore --component \(component.name)'.")
        }
        var request = try options.moment.request([component.name])
        if !options.moment.isGiven { request.moment = .latest }
        var place = options.repositoryOptions
        if place.repository == nil, surroundings.repository == nil {
            place.repository = strategy.store(component.store)?.location
        }
        let target = Target(component: component.name, store: try location(place))
        _ = try permit(action, on: target)
        let opened = try reading(place, options.keys, for: what, by: action)
        let choice = try ChosenComponents(request, in: opened)
        guard let chosen = choice.members.first else {
            throw Failure(
                .snapshotMissing, "There is no snapshot of '\(component.name)' of that moment.",
                advice: "'safehold snapshots' lists what there is, with a key also the components.")
        }
        return (component, try opened.snapshot(of: chosen), target)
    }
}
