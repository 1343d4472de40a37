import Capture
import Strategy

/// The programs that dump what is held, and their words. All of them print what they make: nothing is laid by on our side.
struct PostgresDump {
    let plan: PostgresPlan
    let tools: PostgresTools
    /// Of the moment that is held, as pg_export_snapshot names it.
    let snapshot: String

    /// The whole database; what `pg_restore -d DATABASE` takes.
    var whole: CommandStream { dump([]) }

    func selection(_ selection: PostgresPlan.Selection) -> CommandStream {
        var words = selection.schemas.map { "--schema=" + $0 } + selection.tables.map { "--table=" + $0 }
        // A pattern that fits nothing is a mistake, not an empty part.
        if !words.isEmpty { words.append("--strict-names") }
        words += selection.excludedTables.map { "--exclude-table=" + $0 }
        switch selection.contents {
        case .all: break
        case .schema: words.append("--schema-only")
        case .data: words.append("--data-only")
        }
        return dump(words)
    }

    /// Roles and tablespaces; their passwords only where the role may read them.
    func globals(withPasswords: Bool) -> CommandStream {
        var words = ["--globals-only", "--dbname=" + connection, "--database=" + plan.database]
        if !withPasswords { words.append("--no-role-passwords") }
        return command("pg_dumpall", words)
    }

    private func dump(_ words: [String]) -> CommandStream {
        command(
            "pg_dump",
            ["--format=tar", "--dbname=" + connection, "--snapshot=" + snapshot, "--lock-wait-timeout=5min"] + words)
    }

    private func command(_ program: String, _ words: [String]) -> CommandStream {
        CommandStream(
            [tools.path(program), "--no-password"] + words, settings: ["LC_ALL=C.UTF-8"], patience: plan.patience,
            explain: { status, said in PostgresTrouble.program(program, status, said) })
    }

    private var connection: String { ConnectionString(plan).text }
}
