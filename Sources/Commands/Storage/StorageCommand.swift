import ArgumentParser

struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Judge where the copies are, and forecast what they cost.",
        discussion: """
            Needs no key.

              safehold storage copies --copies copies.txt
              safehold storage cost --prices examples/prices/aws-s3-standard.txt --daily-change 1%
            """,
        subcommands: [StorageCopiesCommand.self, StorageCostCommand.self])
}
