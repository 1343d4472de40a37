/// What components of programs' output and of databases say.
extension StrategyFacts.Part {
    mutating func add(_ stream: StreamPlan) {
        let name = "streams.\(stream.file)"
        add(name + ".command", StrategyFacts.command(stream.command))
        add(name + ".restore", StrategyFacts.command(stream.restore))
        add(name + ".check", StrategyFacts.command(stream.check))
        add(name + ".patience", DurationText.text(stream.patience))
    }

    mutating func add(_ database: PostgresPlan) {
        let name = "postgresql.\(database.database)"
        add(name + ".service", database.service)
        add(name + ".host", database.host)
        add(name + ".port", database.port.map(String.init))
        add(name + ".user", database.user, .security)
        add(name + ".password-file", database.passwordFile, .security)
        add(name + ".programs", database.programs)
        add(name + ".whole", database.isWhole ? "yes" : "no")
        for selection in database.selections {
            add(name + ".selections.\(selection.name)", Self.words(selection))
        }
        add(name + ".globals", database.keepsGlobals ? "yes" : "no")
        add(name + ".row-counts", database.countsRows ? "yes" : "no")
        add(name + ".patience", DurationText.text(database.patience))
    }

    mutating func add(_ database: SQLitePlan) {
        add("sqlite.\(database.file).path", database.path)
        add("sqlite.\(database.file).integrity-check", database.isChecked ? "yes" : "no")
    }

    mutating func add(_ backup: BaseBackupPlan) {
        let server = backup.server
        add("base-backup.database", server.database)
        add("base-backup.service", server.service)
        add("base-backup.host", server.host)
        add("base-backup.port", server.port.map(String.init))
        add("base-backup.user", server.user, .security)
        add("base-backup.password-file", server.passwordFile, .security)
        add("base-backup.checkpoint", backup.checkpoint.rawValue)
        add("base-backup.wal", backup.log.rawValue)
        add("base-backup.slot", backup.slot)
        add("base-backup.data-directory", backup.dataDirectory)
        add("base-backup.patience", DurationText.text(server.patience))
    }

    private static func words(_ selection: PostgresPlan.Selection) -> String {
        let parts = [
            ("schemas", selection.schemas), ("tables", selection.tables), ("without", selection.excludedTables),
        ]
        let named = parts.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }
        return ([selection.contents.rawValue] + named).joined(separator: "; ")
    }
}
