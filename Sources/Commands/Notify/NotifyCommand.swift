import ArgumentParser

struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Try the ways to the strategy's contacts, and say who looks after what.",
        discussion: """
            The daemon tells the contacts by itself; docs/notifications.md says whom of what, and when.

              safehold notify test
              safehold notify acknowledge 17
            """,
        subcommands: [NotifyTestCommand.self, NotifyAcknowledgeCommand.self])
}
