import CSQLite
import Capture
import Glibc
import Strategy
import TestSupport
import Testing

@testable import CaptureSQLite

/// SQLite databases in use (COMP-4): the copy is of one moment, and whole, or there is none.
@Suite("A copy of an SQLite database") struct SQLiteStreamTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/app.db" }

    init() throws { folder = try TemporaryFolder() }

    private func sql(_ statements: String, at path: String? = nil) throws {
        let database = try Writer(path ?? self.path)
        try database.run(statements)
    }

    /// A connection that may make the file.
    private final class Writer {
        private var handle: OpaquePointer?

        init(_ path: String) throws {
            try #require(sqlite3_open(path, &handle) == SQLITE_OK)
            sqlite3_busy_timeout(handle, 60_000)
        }

        deinit { sqlite3_close_v2(handle) }

        func run(_ statements: String) throws {
            let status = sqlite3_exec(handle, statements, nil, nil, nil)
            try #require(status == SQLITE_OK, "\(String(cString: sqlite3_errmsg(handle)))")
        }
    }

    private func copied(
        _ plan: SQLitePlan? = nil, remarks: [String] = [], meanwhile: () throws -> Void = {}
    ) throws -> String {
        let plan = plan ?? SQLitePlan(path: path, file: "app.db")
        var reading = try SQLiteStream(plan, scratch: folder.path).open()
        defer { reading.abandon() }
        let copy = folder.path + "/copy.db"
        let file = open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 100_000)
        while true {
            try meanwhile()
            guard let count = try buffer.withUnsafeMutableBytes({ try reading.read(into: $0, waiting: 10) }) else {
                continue
            }
            if count == 0 { break }
            #expect(write(file, buffer, count) == count)
        }
        #expect(try reading.finish() == remarks)
        return copy
    }

    private func texts(_ statement: String, in path: String) throws -> [String] {
        try SQLiteConnection(path, writable: false).texts(statement)
    }

    private func end(_ plan: SQLitePlan? = nil) -> StreamFailure? {
        do {
            _ = try copied(plan)
            return nil
        } catch {
            return error as? StreamFailure
        }
    }

    @Test("holds what the database holds", arguments: ["delete", "wal"]) func whole(_ mode: String) throws {
        try sql(
            """
            pragma journal_mode = \(mode); create table t(n integer primary key, note text);
            with recursive c(n) as (select 1 union all select n + 1 from c where n < 200000) insert into t select n, 'note ' || n from c
            """)
        let copy = try copied()
        #expect(
            try texts("select count(*) || ' ' || sum(length(note)) from t", in: copy)
                == texts("select count(*) || ' ' || sum(length(note)) from t", in: path))
        #expect(try texts("pragma integrity_check", in: copy) == ["ok"])
        #expect(try texts("select 1", in: path) == ["1"], "it goes on")
    }

    /// What is committed while the copy is made is in none of it, and nobody waits for it.
    @Test("in WAL mode is of one moment while others write") func oneMoment() throws {
        try sql(
            """
            pragma journal_mode = wal; create table a(n); create table b(n); create table filler(x);
            with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) insert into filler select randomblob(400) from c
            """)
        let writer = try Writer(path)
        var turns = 0
        let copy = try copied(meanwhile: {
            turns += 1
            try writer.run(
                "begin; insert into a values (\(turns)); update filler set x = randomblob(400) where rowid % 500 = \(turns % 500); insert into b values (\(turns)); commit; pragma wal_checkpoint(passive)"
            )
        })
        #expect(turns > 3)
        #expect(try texts("select (select count(*) from a) || ' ' || (select count(*) from b)", in: copy) == ["0 0"])
        #expect(try texts("select count(*) from b", in: path) == ["\(turns)"])
        #expect(try texts("pragma integrity_check", in: copy) == ["ok"])
    }

    @Test("leaves nothing behind, whether it was read or not") func nothingLeft() throws {
        try sql("create table t(n); insert into t values (1)")
        _ = try copied()
        var reading = try SQLiteStream(SQLitePlan(path: path, file: "x"), scratch: folder.path).open()
        reading.abandon()
        let names = try texts("select 'x'", in: path)
        #expect(names == ["x"])
        let entries = try #require(opendir(folder.path))
        defer { closedir(entries) }
        var found: [String] = []
        while let entry = readdir(entries) {
            found.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        #expect(found.filter { $0.contains("safehold-sqlite") } == [])
    }

    @Test("is none where the database is damaged, unless somebody wants it as it is") func damaged() throws {
        try sql(
            """
            create table t(n integer primary key, note text); create index i on t(note);
            with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) insert into t select n, 'note ' || n from c
            """)
        let file = open(path, O_WRONLY)
        let rubbish = [UInt8](repeating: 0xA5, count: 4096)
        #expect(pwrite(file, rubbish, rubbish.count, 4096 * 40) == rubbish.count)
        close(file)
        #expect(end()?.message.contains("is damaged") == true)
        var plan = SQLitePlan(path: path, file: "app.db")
        plan.isChecked = false
        #expect(end(plan) == nil)
    }

    @Test("names the database that is damaged, and not the copy in which that was found") func damagedName() throws {
        var generator = SeededGenerator(seed: 7)
        var found = 0
        for page in 2..<40 {
            unlink(path)
            try sql(
                """
                create table t(n integer primary key, note text); create index i on t(note);
                with recursive c(n) as (select 1 union all select n + 1 from c where n < 5000) insert into t select n, 'note ' || n from c
                """)
            let file = open(path, O_WRONLY)
            let rubbish = (0..<3000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(pwrite(file, rubbish, rubbish.count, off_t(4096 * page)) == rubbish.count)
            close(file)
            guard let message = end()?.message else { continue }
            found += 1
            #expect(message.contains(path) && !message.contains("safehold-sqlite"), "\(message)")
        }
        #expect(found > 20)
    }

    @Test("is none of what is no database, or not there") func none() throws {
        let missing = end()
        #expect(missing?.kind == .missing && missing?.message == "There is no database \(path).")
        #expect(missing?.advice.contains("Correct 'path'") == true)
        #expect(end(SQLitePlan(path: path + "/below", file: "x"))?.kind == .missing)
        // What is there and cannot be opened is something else.
        let folder = end(SQLitePlan(path: folder.path, file: "x"))
        #expect(folder != nil && folder?.kind != .missing)
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        let text = [UInt8]("this is no database, although it is quite long, as files go that are none of these".utf8)
        #expect(write(file, text, text.count) == text.count)
        close(file)
        #expect(end()?.message.contains("file is not a database") == true)
    }

    /// Whoever opens it has a database without tables; it may as well be what is left of one.
    @Test("of an empty file is a database without tables, and is told of", arguments: [true, false])
    func empty(_ isChecked: Bool) throws {
        close(open(path, O_WRONLY | O_CREAT, 0o600))
        var plan = SQLitePlan(path: path, file: "app.db")
        plan.isChecked = isChecked
        let copy = try copied(
            plan,
            remarks: [
                "The database \(path) is an empty file, which SQLite takes for a database without tables. It was backed up as that: look whether something else should be there."
            ])
        #expect(try texts("select count(*) from sqlite_schema", in: copy) == ["0"])
        #expect(try texts("pragma integrity_check", in: copy) == ["ok"])
        // One that merely has no tables yet is none of these.
        try sql("create table t(n); drop table t")
        _ = try copied(plan)
    }

    @Test("needs a place") func place() throws {
        try sql("create table t(n)")
        #expect(throws: StreamFailure.self) {
            _ = try SQLiteStream(SQLitePlan(path: path, file: "x"), scratch: folder.path + "/none").open()
        }
    }
}
