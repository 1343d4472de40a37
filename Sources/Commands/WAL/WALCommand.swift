import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct WALCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wal",
        abstract: "Archive the write-ahead log of a PostgreSQL server, bring it back, and see whether it is whole.",
        discussion: """
            With base backups and the log between them a server comes back as of any moment; docs/databases.md.

              archive_command = 'safehold wal push --component database %p'
              restore_command = 'safehold wal get --component database %f %p'
              safehold wal check database

            Where the server is to hand nothing over, its log is received by a replication slot:

              safehold wal receive --component database --create-slot
            """,
        subcommands: [WALPushCommand.self, WALReceiveCommand.self, WALGetCommand.self, WALCheckCommand.self])
}

/// Which archive, and where.
struct LogPlaceOptions: ParsableArguments {
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var strategyOptions: StrategyOptions
}

extension Session {
    /// Where the log of a component is archived: what was named, or the component's store in the strategy.
    func logLocation(_ component: String, _ options: LogPlaceOptions) throws -> String {
        guard !component.isEmpty, component.utf8.count <= 200,
            !component.utf8.contains(where: { $0 <= 0x20 || $0 == 0x2F })
        else {
            throw Failure(
                .usage, "'\(component)' is not the name of a component.",
                advice: "Use lower-case letters, digits and '-', as for the component's base backups.")
        }
        let named = options.repositoryOptions.repository ?? surroundings.repository
        if let named, !named.isEmpty { return try place(named) }
        let file = options.strategyOptions.strategy
        guard let strategy = try file.map({ try LoadStrategy.load(try strategyFile($0)) }) ?? strategyIfAny()
        else {
            return try location(options.repositoryOptions)
        }
        let plan = try strategy.strategy.named(component)
        guard let store = strategy.strategy.store(plan.store) else {
            throw Failure(
                .strategyInvalid, "The strategy has no store '\(plan.store)'.",
                advice: "Run 'safehold strategy check'.")
        }
        return store.location
    }

    /// How the server of a component is reached: where the strategy says also where the archive is, or was named. Nil for an archive that was
    /// named alone, and for a component that is no server.
    func logServer(_ component: String, _ options: LogPlaceOptions) throws -> BaseBackupPlan? {
        let named = options.repositoryOptions.repository ?? surroundings.repository
        let isNamed = named.map { !$0.isEmpty } ?? false
        if options.strategyOptions.strategy == nil, isNamed { return nil }
        let strategy =
            options.strategyOptions.strategy == nil ? try strategyIfAny() : try self.strategy(options.strategyOptions)
        return try strategy?.strategy.logServer(of: component)
    }

    /// The server's data directory, which servers run such commands in.
    var dataDirectory: String { String(decoding: surroundings.workingDirectory, as: UTF8.self) }

    /// The archive of a component, opened; `cache` spares reading what was read before.
    func logArchive(
        _ component: String, at location: String, _ keys: KeyOptions, cache: String? = nil
    ) throws -> (OpenRepository, Opener, LogArchive) {
        let repository = try surroundings.repository(at: location)
        let opener = try repository.unlock(try key(keys, for: "Reading a log"), terminal: surroundings.terminal)
        try opener.requireContent()
        let archive = try LogArchive(
            permit: try permit(InspectAction.self, on: Target(component: component, store: location)),
            component: component, repository: repository, opener: opener,
            cache: cache)
        return (repository, opener, archive)
    }
}

extension BackupStrategy {
    fileprivate func named(_ component: String) throws -> ComponentPlan {
        if let plan = self.component(component) { return plan }
        throw Failure(
            .usage, "The strategy has no component '\(component)'.",
            advice: "It has: \(components.map(\.name).joined(separator: ", ")).")
    }

    /// How the server of a component is reached whose log it is; nil for a component that is none.
    func logServer(of component: String) throws -> BaseBackupPlan? {
        let plan = try named(component)
        return plan.baseBackup ?? plan.postgres.first.map { BaseBackupPlan(server: $0) }
    }
}
