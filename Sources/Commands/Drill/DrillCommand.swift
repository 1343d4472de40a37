import ArgumentParser

struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Prove that backups can be restored, and keep what was seen as evidence.",
        discussion: """
            A restore test brings a component, or a sample of it, back into scratch space, compares it with the snapshot and with what was backed
            up, and has databases started. What came of it is a record that says all that an inspector asks for; docs/drills.md.

              safehold drill restore-test documentation --sample 200
              safehold drill disaster-recovery --scenario lost-primary
              safehold drill list
              safehold drill verify
            """,
        subcommands: [
            DrillRestoreTestCommand.self, DrillDisasterRecoveryCommand.self, DrillFullSystemCommand.self,
            DrillListCommand.self, DrillShowCommand.self, DrillVerifyCommand.self,
        ])
}
