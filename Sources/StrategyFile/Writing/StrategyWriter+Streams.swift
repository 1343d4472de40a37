import Strategy

extension StrategyWriter {
    static func put(_ streams: [StreamPlan], _ lines: inout YAMLLines) {
        lines.group("streams") { lines in
            for stream in streams {
                lines.item { lines in
                    lines.put("file", stream.file)
                    lines.put("command", stream.command)
                    if !stream.restore.isEmpty { lines.put("restore", stream.restore) }
                    if !stream.check.isEmpty { lines.put("check", stream.check) }
                    lines.put("patience", DurationText.text(stream.patience))
                }
            }
        }
    }

    static func put(_ databases: [PostgresPlan], _ lines: inout YAMLLines) {
        lines.group("postgresql") { lines in
            for database in databases { lines.item { put(database, &$0) } }
        }
    }

    static func put(_ databases: [SQLitePlan], _ lines: inout YAMLLines) {
        lines.group("sqlite") { lines in
            for database in databases {
                lines.item { lines in
                    lines.put("path", database.path)
                    lines.put("file", database.file)
                    lines.put("integrity-check", database.isChecked)
                }
            }
        }
    }

    static func put(_ backup: BaseBackupPlan, _ lines: inout YAMLLines) {
        lines.group("base-backup") { lines in
            lines.put("database", backup.server.database)
            lines.put("service", backup.server.service)
            lines.put("host", backup.server.host)
            lines.put("port", backup.server.port.map(String.init))
            lines.put("user", backup.server.user)
            lines.put("password-file", backup.server.passwordFile)
            lines.put("checkpoint", backup.checkpoint.rawValue)
            lines.put("wal", backup.log.rawValue)
            lines.put("slot", backup.slot)
            lines.put("data-directory", backup.dataDirectory)
            lines.put("patience", DurationText.text(backup.server.patience))
        }
    }

    private static func put(_ database: PostgresPlan, _ lines: inout YAMLLines) {
        lines.put("database", database.database)
        lines.put("service", database.service)
        lines.put("host", database.host)
        lines.put("port", database.port.map(String.init))
        lines.put("user", database.user)
        lines.put("password-file", database.passwordFile)
        lines.put("programs", database.programs)
        lines.put("whole", database.isWhole)
        lines.group("selections") { lines in
            for selection in database.selections { lines.group(selection.name) { put(selection, &$0) } }
        }
        lines.put("globals", database.keepsGlobals)
        lines.put("row-counts", database.countsRows)
        lines.put("patience", DurationText.text(database.patience))
    }

    private static func put(_ selection: PostgresPlan.Selection, _ lines: inout YAMLLines) {
        lines.put("schemas", selection.schemas)
        lines.put("tables", selection.tables)
        lines.put("exclude-tables", selection.excludedTables)
        lines.put("contents", selection.contents.rawValue)
    }
}
