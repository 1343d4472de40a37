import ArgumentParser

struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Look after the places where a repository and its copies lie.",
        discussion: """
              safehold storage status
              safehold storage probe
              safehold storage copies --copies copies.txt
              safehold storage cost --prices examples/prices/aws-s3-standard.txt --daily-change 1%
            """,
        subcommands: [
            StorageStatusCommand.self, StorageProbeCommand.self, StorageCheckCommand.self, StorageConfigureCommand.self,
            StorageAccessesCommand.self, StorageLockCommand.self, StorageCopiesCommand.self, StorageCostCommand.self,
        ])
}
