import ArgumentParser

struct AnomaliesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anomalies",
        abstract: "Show what is strange about snapshots, and which were the last clean ones.",
        discussion: """
            Every backup says how it differs from the one before: files that became like random bytes, headers that are gone, endings that
            many names got, deletions, new content that does not compress. What is usual is learned for each component. Where it looks as if
            somebody had made files unreadable, people are told, and nothing of the component is dropped until somebody says that all is well.

              safehold anomalies
              safehold anomalies list documentation --limit 100
              safehold anomalies timeline documentation
              safehold anomalies clear documentation --reason 'the archive of 2025 was encrypted by us'
            """,
        subcommands: [AnomaliesListCommand.self, AnomaliesTimelineCommand.self, AnomaliesClearCommand.self],
        defaultSubcommand: AnomaliesListCommand.self)
}
