import Capture
import Strategy

/// Names of relations by their files, as far as the server tells them.
struct RelationNames {
    /// Whoever has so many damaged files needs no more names.
    private static let most = 50

    private let plan: PostgresPlan
    private var databases: [UInt32: String]?
    private var connections: [UInt32: PostgresConnection?] = [:]
    private var asked = 0

    init(_ plan: PostgresPlan) { self.plan = plan }

    /// Such as "public.visits of the database 'iqhis'"; nil where it cannot be told.
    mutating func name(of file: RelationFile) -> String? {
        asked += 1
        guard asked <= Self.most, let connection = connection(to: file.database) else { return nil }
        let question = "select pg_catalog.pg_filenode_relation(\(file.tablespace), \(file.node))::regclass"
        guard let name = try? connection.ask(question).first?.first ?? nil else { return nil }
        guard file.database != 0 else { return name }
        return "\(name) of the database '\(databases?[file.database] ?? "?")'"
    }

    private mutating func connection(to database: UInt32) -> PostgresConnection? {
        if let known = connections[database] { return known }
        if databases == nil {
            let rows = (try? PostgresConnection(plan).ask("select oid, datname from pg_catalog.pg_database")) ?? []
            var found: [UInt32: String] = [:]
            for row in rows { if let oid = row[0].flatMap({ UInt32($0) }), let name = row[1] { found[oid] = name } }
            databases = found
        }
        var one = plan
        if database != 0 {
            guard let name = databases?[database] else { return nil }
            one.database = name
        }
        let made = try? PostgresConnection(one)
        connections[database] = .some(made)
        return made
    }
}

extension PageCheck {
    /// Behind the file's path.
    func words(_ name: String?) -> String {
        let blocks = damaged.map(String.init).joined(separator: ", ")
        let more = damagedCount > damaged.count ? " and \(damagedCount - damaged.count) more" : ""
        let which = relation.fork.map { " (fork \($0))" } ?? ""
        let one = damagedCount == 1
        return
            "\(one ? "block" : "blocks") \(blocks)\(more) of \(name ?? "relation file \(relation.node)")\(which) \(one ? "does" : "do") not have \(one ? "its" : "their") checksum: the server's own copy is damaged"
    }
}
