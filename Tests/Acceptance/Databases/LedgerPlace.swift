import Foundation
import Glibc
import Testing

/// A bank on a server that archives. pgbench makes bookings, each with a row of the ledger in the same transaction; somebody outside writes rows of his
/// own, and keeps for himself when he was told of each that it is committed.
final class LedgerPlace {
    static let isAvailable =
        isRoot && ScratchDatabase.isAvailable && access(ScratchDatabase.programs + "/pgbench", X_OK) == 0

    /// A row of the ledger that is committed, as the server knows it that wrote it. Times are microseconds since 1970.
    struct Entry {
        var id: Int
        /// Rows of one session were written one after the other.
        var session: Int
        var written: Int
        /// The time in the commit's record: what a recovery to a time goes by.
        var committed: Int
    }

    let recovery: RecoveryPlace
    var server: ScratchDatabase { recovery.server }
    /// Those who work go on until it is there.
    private let closed: String
    private let bookings: String
    private var workers: [ChildProcess] = []

    init() throws {
        // Small files of the log: few seconds fill several of them.
        let server = try ScratchDatabase(segment: 1)
        try server.make(
            "bank",
            """
            create table ledger(id bigserial primary key, session int not null default pg_backend_pid(),
                written timestamptz not null default clock_timestamp(), delta int not null)
            """)
        try ChildProcess.run(
            [Self.bench, "-i", "-q", "-I", "dtGp", "-s", "1", "-U", "postgres", "bank"],
            environment: server.environment
        ).mustBe(0)
        try server.tell("postgres", "alter system set track_commit_timestamp = on")
        recovery = try RecoveryPlace(on: server)
        closed = recovery.desk.place.scratch.path + "/closed"
        bookings = try recovery.desk.place.scratch.write(Self.booking, "booking.sql")
    }

    deinit { _ = try? close() }

    private static let bench = ScratchDatabase.programs + "/pgbench"

    /// pgbench's own transaction, with the ledger in the place of its history.
    private static let booking = #"""
        \set aid random(1, 100000)
        \set tid random(1, 10)
        \set delta random(-5000, 5000)
        begin;
        update pgbench_accounts set abalance = abalance + :delta where aid = :aid;
        select abalance from pgbench_accounts where aid = :aid;
        update pgbench_tellers set tbalance = tbalance + :delta where tid = :tid;
        update pgbench_branches set bbalance = bbalance + :delta where bid = 1;
        insert into ledger(delta) values (:delta);
        end;

        """#

    /// From now on there is work, also where the server is away for a while.
    func open() throws {
        try start(
            "while [ ! -e \"$1\" ]; do \"$0\" -n -c 2 -T 2 -R 20 -f \"$2\" -U postgres bank || sleep 0.2; done",
            Self.bench, closed, bookings)
        try start(
            """
            while [ ! -e "$1" ]; do
                id=$("$0" -qAtX -U postgres -d bank -c "insert into ledger(delta) values (0) returning id") \
                    && echo "$id ${EPOCHREALTIME/./}"
                sleep 0.05
            done
            """, ScratchDatabase.programs + "/psql", closed)
    }

    private func start(_ script: String, _ words: String...) throws {
        workers.append(
            try ChildProcess((["bash", "-c", script] + words).map(\.bytes), environment: server.environment))
    }

    /// Ends the work. Of each row that somebody outside was told of, by when.
    @discardableResult
    func close() throws -> [Int: Int] {
        try Data().write(to: URL(filePath: closed))
        let ended = workers.map { $0.wait() }
        workers = []
        var told: [Int: Int] = [:]
        for line in (ended.last?.text ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ").compactMap { Int($0) }
            try #require(fields.count == 2, "\(line)")
            told[fields[0]] = fields[1]
        }
        return told
    }

    // MARK: - What the server knows

    /// In the order of their numbers.
    func entries() throws -> [Entry] {
        let (written, committed) = (Self.number("written"), Self.number("pg_xact_commit_timestamp(xmin)"))
        let rows = try server.ask("bank", "select id, session, \(written), \(committed) from ledger order by id")
        var entries: [Entry] = []
        for row in rows.split(separator: "\n") {
            let fields = row.split(separator: "|").compactMap { Int($0) }
            try #require(fields.count == 4, "\(row)")
            entries.append(Entry(id: fields[0], session: fields[1], written: fields[2], committed: fields[3]))
        }
        return entries
    }

    func now() throws -> Int {
        try #require(Int(try server.ask("bank", "select \(Self.number("clock_timestamp()"))").dropLast()))
    }

    /// As --target-time takes it.
    func time(_ microseconds: Int) throws -> String {
        let time = "timestamptz 'epoch' + \(microseconds) * interval '1 microsecond'"
        let question = "select to_char((\(time)) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"
        return String(try server.ask("bank", question).dropLast())
    }

    private static func number(_ time: String) -> String { "(extract(epoch from \(time)) * 1000000)::bigint" }

    /// The ledger's rows once a server has recovered there. All books have to agree.
    func recovered(in directory: String) throws -> Set<Int> {
        let recovered = try ScratchDatabase(recovering: directory)
        defer { recovered.stop() }
        let sums = try recovered.ask(
            "bank",
            """
            select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from pgbench_tellers),
                (select sum(bbalance) from pgbench_branches), (select sum(delta) from ledger)
            """
        ).dropLast().split(separator: "|").compactMap { Int($0) }
        #expect(sums.count == 4 && Set(sums).count == 1, "the books do not agree: \(sums)")
        let ids = try recovered.ask("bank", "select id from ledger").split(separator: "\n").compactMap { Int($0) }
        #expect(Set(ids).count == ids.count)
        return Set(ids)
    }
}
