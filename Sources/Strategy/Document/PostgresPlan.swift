/// A database of a PostgreSQL server that is dumped (COMP-4): the whole of it, and parts of it, all as of one moment.
package struct PostgresPlan: Sendable, Equatable {
    /// A part of the database with a file of its own.
    package struct Selection: Sendable, Equatable {
        package enum Contents: String, Sendable, CaseIterable { case all, schema, data }

        package var name: String
        /// Patterns as pg_dump takes them; empty: all.
        package var schemas: [String] = []
        package var tables: [String] = []
        package var excludedTables: [String] = []
        package var contents: Contents = .all

        package init(name: String) { self.name = name }
    }

    /// Names the files, too: DATABASE.tar, DATABASE.SELECTION.tar, DATABASE.globals.sql, DATABASE.tables.json.
    package var database: String
    /// Of libpq's connection service file.
    package var service: String?
    /// A host's name, or the directory of the server's socket.
    package var host: String?
    package var port: Int?
    package var user: String?
    /// Of libpq's kind, HOST:PORT:DATABASE:USER:PASSWORD on each line.
    package var passwordFile: String?
    /// Where pg_dump lies; looked for by the server's version where nobody said.
    package var programs: String?
    package var selections: [Selection] = []
    /// Whether the whole database is dumped.
    package var isWhole = true
    /// Whether roles and tablespaces are kept, which belong to no database.
    package var keepsGlobals = true
    /// Whether rows are counted, and a digest of each table's content kept.
    package var countsRows = true
    /// How long a dump may print nothing.
    package var patience: Duration = .seconds(1800)

    package init(database: String) { self.database = database }

    package static let wholeSuffix = ".tar"
    package static let globalsSuffix = ".globals.sql"
    package static let tablesSuffix = ".tables.json"

    /// Every file that a backup makes of it.
    package var files: [String] {
        var files = selections.map { "\(database).\($0.name).tar" }
        if isWhole { files.append(database + Self.wholeSuffix) }
        if keepsGlobals { files.append(database + Self.globalsSuffix) }
        if countsRows { files.append(database + Self.tablesSuffix) }
        return files
    }
}
