import ArgumentParser

struct UsersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Show and change who may do what on this host.",
        discussion: """
            Without a subcommand: the list. Until 'users found' has begun a directory of persons, whoever runs the program is its owner.
            From then on every command takes somebody who is signed in and has a role for it, or is one that the host does by itself.

              safehold users found --founder anna:security-lead:4711:'Anna Amsel' \\
                  --founder ben:backup-administrator:4712:'Ben Berg' --approvers 1 --host backups --handover first-passwords
              safehold users add carla --printed-name 'Carla Cho' --reference 4713
              safehold users grant carla operator
              safehold users remove carla
              safehold users service add nightly --role operator --owner otto --handover nightly.credential

            The roles are: backup-administrator, security-lead, technical-lead, compliance-officer, operator, auditor, and those of your
            own, which 'users role define' makes. 'users roles' shows all.
            """,
        subcommands: [
            UsersListCommand.self, UsersShowCommand.self, UsersFoundCommand.self, UsersAddCommand.self,
            UsersRemoveCommand.self, UsersGrantCommand.self, UsersRevokeCommand.self, UsersResetCommand.self,
            UsersProveCommand.self, UsersLostCommand.self, UsersServiceCommand.self,
            UsersLinkCommand.self, UsersUnlinkCommand.self, UsersProviderCommand.self,
            UsersRolesCommand.self, UsersRoleCommand.self,
        ],
        defaultSubcommand: UsersListCommand.self)
}
