import Capture

/// Reads all that is in the tables of a database, whatever it is stored beside them.
struct TableReading {
    let connection: PostgresConnection
    let database: String

    /// Of the server: functions that the database has under names of the server's are not called.
    init(_ connection: PostgresConnection, _ database: String) throws(StreamFailure) {
        (self.connection, self.database) = (connection, database)
        try connection.ask("set statement_timeout = 0")
        try connection.ask("set search_path = pg_catalog")
    }

    /// Tables and rows. Nil when somebody wants it to end.
    func run(_ isCancelled: () -> Bool) throws(StreamFailure) -> (tables: UInt64, rows: UInt64)? {
        var (tables, rows): (UInt64, UInt64) = (0, 0)
        for table in try connection.ask(Self.tables) where table.count == 2 {
            guard let name = table[0], let question = table[1] else { continue }
            do {
                guard let counted = try connection.ask(question, isCancelled) else { return nil }
                rows += counted.first?.first.flatMap { $0.flatMap { UInt64($0) } } ?? 0
            } catch {
                throw StreamFailure(
                    .failed, "The table \(name) of the database '\(database)' cannot be read: \(error.message)",
                    advice: "The base backup holds a damaged page, or the server did; take an older base backup.")
            }
            tables += 1
        }
        return (tables, rows)
    }

    /// Of those that live through a crash: their names as SQL takes them, and what counts their rows. Each value that may lie beside its table
    /// (TOAST), or be compressed, is compared with itself byte by byte, for which it has to be fetched and unpacked; no function of its type's
    /// is needed for that.
    private static let tables = """
        select format('%I.%I', n.nspname, c.relname), format('select count(*)%s from only %I.%I t', (
            select ' filter (where ' || string_agg(
                format('row(t.%1$I)::record operator(pg_catalog.*=) row(t.%1$I)::record', a.attname), ' and ') || ')'
            from pg_catalog.pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attlen = -1
                and a.attgenerated::text <> 'v'), n.nspname, c.relname)
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated order by 1
        """
}

extension PostgresConnection {
    /// The same as `ask`; nil when somebody wants it to end, and then the server does not go on with it.
    func ask(_ statement: String, _ isCancelled: () -> Bool) throws(StreamFailure) -> [[String?]]? {
        try send(statement)
        while try !isAnswered(within: 100) {
            if isCancelled() {
                cancel()
                return nil
            }
        }
        return try answer()
    }
}
