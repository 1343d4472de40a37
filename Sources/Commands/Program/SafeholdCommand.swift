import ArgumentParser

struct SafeholdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "safehold",
        abstract: "Backups that only you can read, and that can be proved.",
        discussion: """
            Everything is encrypted and signed before it leaves this host, with keys that quantum computers do not break either.
            A host that backs up can add to a repository, but neither read nor change what is in it.

            A first round:

              safehold init --repository /mnt/backup/safehold
              safehold backup --repository /mnt/backup/safehold ~/documents
              safehold snapshots --repository /mnt/backup/safehold
              safehold restore latest --repository /mnt/backup/safehold --target /tmp/back

            With SAFEHOLD_REPOSITORY set, --repository can be left out; with SAFEHOLD_PASSPHRASE_FILE set, nobody is asked.
            """,
        version: Program.version,
        groupedSubcommands: [
            CommandGroup(
                name: "Saving and restoring",
                subcommands: [InitCommand.self, BackupCommand.self, RestoreCommand.self, ExportCommand.self]),
            CommandGroup(
                name: "Looking inside",
                subcommands: [
                    SnapshotsCommand.self, ListCommand.self, FindCommand.self, DiffCommand.self, CatCommand.self,
                    StatsCommand.self,
                ]),
            CommandGroup(
                name: "Copies elsewhere",
                subcommands: [ReplicateCommand.self, MediaCommand.self, StorageCommand.self]),
            CommandGroup(
                name: "Making room",
                subcommands: [
                    ForgetCommand.self, EraseCommand.self, RetentionCommand.self, CollectCommand.self, HoldCommand.self,
                ]),
            CommandGroup(
                name: "By the strategy",
                subcommands: [
                    StrategyCommand.self, RunCommand.self, DaemonCommand.self, AskCommand.self, StatusCommand.self,
                    RunsCommand.self,
                    ReportCommand.self, NotifyCommand.self, ReviewCommand.self, CatalogCommand.self,
                    DatabaseCommand.self, WALCommand.self,
                ]),
            CommandGroup(name: "Who did what", subcommands: [AuditCommand.self]),
            CommandGroup(
                name: "Taking care",
                subcommands: [
                    VerifyCommand.self, DrillCommand.self, EmergencyCommand.self, AnomaliesCommand.self,
                    KeysCommand.self, DoctorCommand.self, RepairCommand.self,
                ]),
            CommandGroup(
                name: "Who may",
                subcommands: [
                    LoginCommand.self, LogoutCommand.self, WhoamiCommand.self, PasswordCommand.self,
                    AuthenticatorCommand.self, UsersCommand.self, ApproveCommand.self,
                    SignCommand.self, SignaturesCommand.self,
                ]),
            CommandGroup(name: "About the program", subcommands: [VersionCommand.self, CompletionsCommand.self]),
        ])
}
