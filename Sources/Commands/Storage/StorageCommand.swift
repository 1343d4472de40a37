import ArgumentParser

struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Look after the places where a repository and its copies lie.",
        discussion: """
              safehold storage lock
              safehold storage copies --copies copies.txt
              safehold storage cost --prices examples/prices/aws-s3-standard.txt --daily-change 1%
            """,
        subcommands: [StorageLockCommand.self, StorageCopiesCommand.self, StorageCostCommand.self])
}
