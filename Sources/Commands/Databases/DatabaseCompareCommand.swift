import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct DatabaseCompareCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare a PostgreSQL database with what was counted when it was backed up.",
        discussion: """
            Counts the rows of every table and makes the digest of its content again, and names the tables that differ. Exit status 11 when
            there are such. The database is reached as the strategy says, or as the options do.

              safehold database compare database --database iqhis_restored
              safehold database compare database --database-host /run/scratch --database-user postgres --set 20261125T000000Z
            """)

    @OptionGroup var options: StreamedComponentOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Which of the component's databases, where it has several.", valueName: "name"))
    var backupOf: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The database that is looked at. Default: that which was backed up.", valueName: "name"))
    var database: String?

    @Option(
        name: .customLong("database-host"),
        help: ArgumentHelp("Its server, or the directory of its socket.", valueName: "host"))
    var databaseHost: String?

    @Option(name: .customLong("database-port"), help: ArgumentHelp("Its port.", valueName: "number"))
    var databasePort: Int?

    @Option(name: .customLong("database-user"), help: ArgumentHelp("The role that looks.", valueName: "role"))
    var databaseUser: String?

    var outputOptions: OutputOptions { options.outputOptions }

    func run(_ session: Session) throws -> Outcome {
        let (component, snapshot, target) = try session.streamed(
            options, for: "Reading counts of tables", by: VerifyAction.self)
        let permit = try session.permit(VerifyAction.self, on: target)
        let backedUp = try plan(component)
        var counted: [UInt8] = []
        try snapshot.content(
            verifying: permit, of: component.streamPath(backedUp.database + PostgresPlan.tablesSuffix)
        ) { counted += $0 }
        var live = backedUp
        if let database { live.database = database }
        if databaseHost != nil || databasePort != nil { live.service = nil }
        if let databaseHost { live.host = databaseHost }
        if let databasePort { live.port = databasePort }
        if let databaseUser { live.user = databaseUser }
        let (count, differences) = try CompareTables.run(
            permit: permit, plan: live, counted: counted, surroundings: session.surroundings)
        show(count, differences, live, session.output)
        return differences.isEmpty ? .done : .damaged
    }

    private func plan(_ component: ComponentPlan) throws -> PostgresPlan {
        let named = component.postgres.filter { backupOf == nil || $0.database == backupOf }
        guard !component.postgres.isEmpty else {
            throw Failure(
                .usage, "The component '\(component.name)' has no PostgreSQL database.",
                advice:
                    "Only of those are rows counted; 'safehold database check' gives other streams to a program that looks at them."
            )
        }
        guard named.count == 1, let plan = named.first else {
            throw Failure(
                .usage,
                named.isEmpty
                    ? "The component '\(component.name)' has no database '\(backupOf ?? "")'."
                    : "The component '\(component.name)' has several databases.",
                advice: "Name one with --backup-of: \(component.postgres.map(\.database).joined(separator: ", ")).")
        }
        return plan
    }

    private func show(
        _ count: Int, _ differences: [CompareTables.Difference], _ live: PostgresPlan, _ output: Output
    ) {
        for difference in differences {
            if output.json {
                output.record("table-difference") { object in
                    object.set("table", difference.table)
                    object.set("expected", difference.expected)
                    object.set("found", difference.found)
                }
            } else {
                output.line(
                    "\(difference.table): backed up \(difference.expected ?? "nothing of it"), found \(difference.found ?? "no such table")"
                )
            }
        }
        if output.json {
            output.record("summary") { object in
                object.set("operation", "database-compare")
                object.set("outcome", differences.isEmpty ? "complete" : "different")
                object.set("database", live.database)
                object.set("tables", UInt64(count))
                object.set("differences", UInt64(differences.count))
            }
        } else if !output.quiet {
            output.line(
                differences.isEmpty
                    ? "All \(Text.counted(UInt64(count), "table", "tables")) of '\(live.database)' hold what was backed up."
                    : "\(Text.counted(UInt64(differences.count), "table differs", "tables differ")) of \(count).")
        }
    }
}
