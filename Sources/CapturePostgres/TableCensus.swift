import CPQ
import Capture
import Primitives
import Strategy

/// Rows and a digest of the content of each table, as JSON: what a restored database is compared with.
///
/// A row's digest is the MD5 of its text; a table's are the sums of the first 60 and of the next 60 bits of its rows' digests. So the order of rows
/// does not matter, the server does the work, and only two numbers come over the wire. It tells a mistake, not an adversary: against those
/// stand the repository's own digests.
struct TableCensus: StreamSource {
    let plan: PostgresPlan
    /// As pg_export_snapshot names it.
    let snapshot: String
    let head: [(name: String, value: String)]

    func open() throws(StreamFailure) -> any StreamReading { try CensusReading(self) }

    /// So that a value's text is the same on every server.
    static let settings = [
        "set datestyle = 'ISO, YMD'", "set intervalstyle = 'postgres'", "set timezone = 'UTC'",
        "set extra_float_digits = 3", "set bytea_output = 'hex'", "set lc_monetary = 'C'", "set xmlbinary = 'base64'",
        "set search_path = pg_catalog", "set row_security = off", "set client_encoding = 'UTF8'",
    ]

    /// Tables with rows of their own. What an extension brought comes back with the extension; what the role may not read is left out where
    /// parts of the database are backed up only.
    static func tables(onlyReadable: Bool) -> String {
        """
        select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
          and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass
            and d.objid = c.oid and d.deptype = 'e')
          \(onlyReadable ? "and pg_catalog.has_table_privilege(c.oid, 'select')" : "")
        order by n.nspname collate "C", c.relname collate "C"
        """
    }

    static func count(_ schema: String, _ table: String) -> String {
        """
        select count(*), coalesce(sum(('x' || substr(h, 1, 15))::bit(60)::bigint), 0),
          coalesce(sum(('x' || substr(h, 16, 15))::bit(60)::bigint), 0)
        from (select md5(("safehold row".*)::text) h from only \(quotedIdentifier(schema)).\(quotedIdentifier(table)) "safehold row") r
        """
    }
}

/// One statement at a time, whose answer is written when it comes.
private final class CensusReading: StreamReading {
    private let plan: PostgresPlan
    private let connection: PostgresConnection
    /// When the server was last known to be there.
    private var heard = ContinuousClock.now
    private var tables: [(schema: String, name: String)] = []
    private var next = 0
    private var ready: ArraySlice<UInt8>
    private var isOver = false

    init(_ census: TableCensus) throws(StreamFailure) {
        plan = census.plan
        connection = try PostgresConnection(plan)
        for setting in PostgresVersion(connection.major).patience + TableCensus.settings { try connection.ask(setting) }
        try connection.ask("begin isolation level repeatable read read only")
        try connection.ask("set transaction snapshot \(quotedText(census.snapshot))")
        for row in try connection.ask(TableCensus.tables(onlyReadable: !census.plan.isWhole)) {
            if let schema = row[0], let name = row[1] { tables.append((schema, name)) }
        }
        let head = census.head.map { "\(JSON.text($0.name).encoded):\(JSON.text($0.value).encoded)," }.joined()
        ready = Array("{\"format\":1,\(head)\"tables\":[".utf8)[...]
        if !tables.isEmpty { try sendNext() }
    }

    private func sendNext() throws(StreamFailure) {
        try connection.send(TableCensus.count(tables[next].schema, tables[next].name))
        heard = .now
    }

    /// A large table takes long. Who does not answer anybody else either does not count.
    private func look() throws(StreamFailure) {
        let question =
            "select exists (select from pg_catalog.pg_stat_activity where pid = \(PQbackendPID(connection.handle)))"
        let answer = try PostgresConnection(plan, patience: .seconds(30)).ask(question)
        guard answer.first?.first == "t" else { throw PostgresTrouble.silent(for: plan.patience) }
        heard = .now
    }

    func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure) -> Int? {
        if ready.isEmpty {
            guard !isOver else { return 0 }
            if next == tables.count {
                ready = Array("\n]}\n".utf8)[...]
                isOver = true
            } else {
                guard try connection.isAnswered(within: milliseconds) else {
                    if ContinuousClock.now - heard > plan.patience { try look() }
                    return nil
                }
                try take(try connection.answer())
            }
        }
        let count = min(room.count, ready.count)
        room.copyBytes(from: ready.prefix(count))
        ready = ready.dropFirst(count)
        return count
    }

    private func take(_ rows: [[String?]]) throws(StreamFailure) {
        guard let row = rows.first, row.count == 3, let count = row[0].flatMap(Int64.init), let low = row[1],
            let high = row[2]
        else {
            throw StreamFailure(.failed, "The server did not count a table's rows.", advice: "Look into its log.")
        }
        var object = JSONObject()
        object.set("schema", tables[next].schema)
        object.set("table", tables[next].name)
        object.set("rows", UInt64(count))
        object.set("digest", "\(low)-\(high)")
        ready = Array("\(next == 0 ? "" : ",")\n\(JSON.object(object.members).encoded)".utf8)[...]
        next += 1
        if next < tables.count { try sendNext() }
    }

    func finish() throws(StreamFailure) -> [String] { [] }

    func abandon() {
        if next < tables.count { connection.cancel() }
    }
}
