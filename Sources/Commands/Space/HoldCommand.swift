import ArgumentParser

struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Keep snapshots whatever the rules say: legal holds.",
        discussion: """
            A snapshot under a hold is never dropped by 'safehold forget'. A hold has no end: somebody who administers the repository
            releases it. Both are signed records, with their reasons. In a bucket with object lock, whatever the snapshot needs is put under
            the store's own legal hold as well, for which the key has to open backups; cut off, it is run again.

              safehold hold add 1f3a9c20 --reason 'Order 17/2026, asked for by counsel'
              safehold hold list
              safehold hold release 1f3a9c20 --reason 'Case closed'
            """,
        subcommands: [HoldListCommand.self, HoldAddCommand.self, HoldReleaseCommand.self],
        defaultSubcommand: HoldListCommand.self)
}
