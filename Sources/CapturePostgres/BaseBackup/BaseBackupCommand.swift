import Strategy

/// What a server is asked for a base backup (PostgreSQL documentation, 55.4).
struct BaseBackupCommand {
    var label: String
    var checkpoint: BaseBackupPlan.Checkpoint
    var log: BaseBackupPlan.Log
    /// Whether the server is to see to it that its log is archived, where it archives.
    var awaitsArchive: Bool
}

extension PostgresVersion {
    /// Up to 14, options stand one after the other and have no values; from 15 on they are a list.
    func text(of command: BaseBackupCommand) -> String {
        let label = quotedText(command.label)
        // What is included need not be archived.
        let isWaiting = command.log == .archive && command.awaitsArchive
        guard hasOptionLists else {
            // Neither names a tablespace's place in the archive of another: links are as the server has them.
            let words = [
                "LABEL \(label)", command.checkpoint == .fast ? "FAST" : nil, command.log == .include ? "WAL" : nil,
                isWaiting ? nil : "NOWAIT", "MANIFEST 'yes'", "MANIFEST_CHECKSUMS 'CRC32C'",
            ]
            return "BASE_BACKUP " + words.compactMap { $0 }.joined(separator: " ")
        }
        let options = [
            "LABEL \(label)", "PROGRESS false", "CHECKPOINT '\(command.checkpoint.rawValue)'",
            "WAL \(command.log == .include)", "WAIT \(isWaiting)", "MANIFEST 'yes'", "MANIFEST_CHECKSUMS 'CRC32C'",
            "TABLESPACE_MAP false",
        ]
        return "BASE_BACKUP (\(options.joined(separator: ", ")))"
    }

    /// Keeps the log from being removed while the backup runs; gone with the connection.
    func text(ofSlot name: String) -> String {
        "CREATE_REPLICATION_SLOT \(quotedIdentifier(name)) TEMPORARY PHYSICAL \(hasOptionLists ? "(RESERVE_WAL)" : "RESERVE_WAL")"
    }
}
