import ArgumentParser

struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Look after the place where a repository lies.",
        subcommands: [
            StorageStatusCommand.self, StorageProbeCommand.self, StorageCheckCommand.self, StorageConfigureCommand.self,
            StorageAccessesCommand.self, StorageLockCommand.self,
        ])
}
