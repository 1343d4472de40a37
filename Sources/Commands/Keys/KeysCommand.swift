import ArgumentParser
import Primitives

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Show and change who can open backups, and who can add them.",
        discussion: """
            Without a subcommand: the list, for which no key is needed. Every change is a new record signed by the administrator;
            changes need an administrator's key, such as the passphrase that the repository was made with.

              safehold keys
              safehold keys generate --output auditor
              safehold keys add --recipient auditor.pub --label auditor
              safehold keys remove auditor
            """,
        subcommands: [
            KeysListCommand.self, KeysGenerateCommand.self, KeysAddCommand.self, KeysRemoveCommand.self,
            KeysWithdrawCommand.self, KeysNewEpochCommand.self,
            KeysEscrowCommand.self, KeysRecoveryKitCommand.self,
        ],
        defaultSubcommand: KeysListCommand.self)
}

/// How keys are told in JSON: docs/json.md, type `key`.
enum KeyRecord {
    static let kem = "X25519+ML-KEM-768"
    static let aead = "AES-256-GCM"
    static let signatures = "Ed25519+ML-DSA-65"
}
