import ArgumentParser

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Reports for those who have to know how backups went.",
        discussion: """
            The success report is what the monthly review looks at.

              safehold report success --month 2026-11
            """,
        subcommands: [ReportSuccessCommand.self])
}
