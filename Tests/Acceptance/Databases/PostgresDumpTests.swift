import Foundation
import Testing

/// PostgreSQL databases as pg_dump dumps them (COMP-4, SCHED-4, REC-4), with a real server.
@Suite(
    "A PostgreSQL database",
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct PostgresDumpTests {
    private static let visits = """
        create schema ref; create schema audit;
        create table public.visits(id int primary key, note text);
        create table ref.codes(code text primary key, meaning text);
        create table audit.log(at timestamptz, what text);
        insert into visits select n, 'visit ' || n from generate_series(1, 5000) n;
        insert into ref.codes select 'c' || n, 'meaning ' || n from generate_series(1, 100) n;
        insert into audit.log select '2026-11-25'::timestamptz + n * interval '1 second', 'seen' from generate_series(1, 300) n;
        """

    private static let question = "select count(*), sum(id), md5(string_agg(note, ',' order by id)) from visits"

    @Test("comes back by the strategy document's own line, and holds what it held") func comesBack() throws {
        let place = try DatabasePlace()
        try place.server.make("iqhis", Self.visits)
        try place.server.tell("postgres", "create role ward_7 login password 'not for anybody'")
        let before = try place.server.ask("iqhis", Self.question)
        try place.run().mustBe(0)
        let folder = try place.restored()
        #expect(try FileStatus.files(below: folder) == ["iqhis.globals.sql", "iqhis.tables.json", "iqhis.tar"])
        try ChildProcess.shell("tar -tf \"$1\" | grep -cx toc.dat", folder + "/iqhis.tar")
        let globals = try String(contentsOfFile: folder + "/iqhis.globals.sql", encoding: .utf8)
        #expect(globals.contains("CREATE ROLE ward_7;"))

        try place.server.empty("iqhis")
        try place.server.restore("iqhis", from: folder + "/iqhis.tar")
        #expect(try place.server.ask("iqhis", Self.question) == before)
        // A second backup counts the same rows, with the same digests.
        try place.run().mustBe(0)
        let again = try place.restored()
        #expect(try tables(folder) == tables(again))
        #expect(try tables(folder).map(\.first) == ["audit.log 300", "public.visits 5000", "ref.codes 100"])
    }

    /// "schema.table rows" and the digest of each.
    private func tables(_ folder: String) throws -> [[String]] {
        let data = try Data(contentsOf: URL(filePath: folder + "/iqhis.tables.json"))
        let top = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(top["database"] as? String == "iqhis")
        let tables = try #require(top["tables"] as? [[String: Any]])
        return tables.map { table in
            [
                "\(table["schema"] ?? "").\(table["table"] ?? "") \(table["rows"] ?? "")",
                table["digest"] as? String ?? "",
            ]
        }
    }

    @Test("has another digest as soon as one value in it is another") func digests() throws {
        let place = try DatabasePlace("globals: no, whole: no, selections: { codes: { tables: [ref.codes] } }")
        try place.server.make("iqhis", Self.visits)
        try place.run().mustBe(0)
        let before = try tables(try place.restored())
        try place.server.tell("iqhis", "update visits set note = 'visit 0' where id = 77")
        try place.run().mustBe(0)
        let after = try tables(try place.restored())
        #expect(before[0] == after[0] && before[2] == after[2])
        #expect(before[1][0] == after[1][0] && before[1][1] != after[1][1])
    }

    @Test("is dumped in parts that restore by themselves") func parts() throws {
        let place = try DatabasePlace(
            "globals: no, row-counts: no, selections: { schema: { contents: schema }, reference: { tables: ['ref.*'] }, audit: { schemas: [audit] } }"
        )
        try place.server.make("iqhis", Self.visits)
        try place.run().mustBe(0)
        let folder = try place.restored()
        #expect(
            try FileStatus.files(below: folder) == [
                "iqhis.audit.tar", "iqhis.reference.tar", "iqhis.schema.tar", "iqhis.tar",
            ])
        try place.server.make("empty", "select 1")
        try place.server.restore("empty", from: folder + "/iqhis.schema.tar")
        #expect(try place.server.ask("empty", "select count(*) from visits") == "0\n")
        try place.server.make("audit", "select 1")
        try place.server.restore("audit", from: folder + "/iqhis.audit.tar")
        #expect(try place.server.ask("audit", "select count(*) from audit.log") == "300\n")
        #expect(try place.server.ask("audit", "select to_regclass('public.visits') is null") == "t\n")
    }

    @Test("is of one moment in all its parts, while others write") func oneMoment() throws {
        let place = try DatabasePlace(
            "globals: no, whole: no, selections: { left: { tables: [l] }, right: { tables: [r] } }")
        try place.server.make("iqhis", "create table l(n int); create table r(n int);")
        let writer = try place.server.keepRunning(
            "iqhis",
            "begin; insert into l select generate_series(1, 7); insert into r select generate_series(1, 7); commit")
        defer {
            writer.signal(SIGKILL)
            _ = writer.wait()
        }
        for round in 1...4 {
            try place.run().mustBe(0)
            let folder = try place.restored()
            try place.server.make("copy\(round)", "select 1")
            try place.server.restore("copy\(round)", from: folder + "/iqhis.left.tar")
            try place.server.restore("copy\(round)", from: folder + "/iqhis.right.tar")
            let counts = try place.server.ask(
                "copy\(round)", "select (select count(*) from l) - (select count(*) from r)")
            #expect(counts == "0\n")
            let rows = try place.server.ask("copy\(round)", "select count(*) from l").dropLast()
            #expect(try tables(folder).map(\.first) == ["public.l \(rows)", "public.r \(rows)"])
        }
    }

    @Test("that cannot be reached fails the run, to be tried again, and no snapshot is made") func unreachable() throws
    {
        let place = try DatabasePlace()
        try place.server.make("iqhis", "create table t(n int)")
        place.server.stop()
        let ended = try place.run().mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(try place.snapshotCount == 0)
        #expect(try place.lastRun().text("outcome") == "failed")
    }

    @Test(
        "that is not as the strategy has it fails the run, with what to do about it",
        arguments: [
            ("user: postgres, selections: { audit: { tables: [nothing_here] } }", 13, "stream-failed", "fits nothing"),
            ("user: postgres, programs: /usr/games", 10, "tool-missing", "postgresql-client-"),
            ("user: nobody_knows", 12, "database-denied", "pg_hba.conf"),
            ("user: weak", 12, "database-denied", "pg_read_all_data"),
            ("service: none", 13, "stream-failed", "pg_service.conf"),
        ]) func wrong(_ settings: String, _ status: Int32, _ code: String, _ words: String) throws
    {
        let place = try DatabasePlace()
        try place.server.make("iqhis", "create table t(n int); insert into t values (1); create role weak login")
        try place.change(settings)
        try place.run().mustHaveFailed(status, code, words)
        #expect(try place.snapshotCount == 0)
    }

    @Test("is read by a role that may do nothing else, with a password that stands nowhere but in its file")
    func leastPrivilege() throws {
        let place = try DatabasePlace()
        try place.server.make("iqhis", Self.visits)
        let secret = "seventeen grey herons"
        try place.server.tell(
            "postgres", "create role safehold login password '\(secret)'; grant pg_read_all_data to safehold")
        try place.server.admit("local all postgres trust\nlocal all safehold scram-sha-256\n")
        try place.change("user: safehold")
        #expect(try place.run().mustBe(12).failedRun().text("message").contains("no password supplied"))

        let file = try place.desk.place.scratch.write("*:*:*:safehold:\(secret)\n", "pgpass")
        try ChildProcess.shell("chmod 600 \"$1\"", file)
        try place.change("user: safehold, password-file: \(file)")
        let ended = try place.run().mustBe(0)
        #expect(!ended.text.contains(secret) && !ended.errorText.contains(secret))
        let log = try place.lastLog()
        #expect(!log.contains(secret) && log.contains("may not read passwords"), "\(log)")
        let globals = try String(contentsOfFile: try place.restored() + "/iqhis.globals.sql", encoding: .utf8)
        #expect(globals.contains("CREATE ROLE safehold") && !globals.contains("SCRAM-SHA-256"))
    }

    @Test("with a large object is read by that role when it has the right to them, and it is said how it gets it")
    func largeObjects() throws {
        let place = try DatabasePlace()
        try place.server.make(
            "iqhis",
            "select lo_from_bytea(0, 'a picture'); create role safehold login; grant pg_read_all_data to safehold")
        try place.server.tell("postgres", "alter role safehold set default_transaction_read_only = on")
        try place.change("user: safehold")
        try place.run().mustHaveFailed(12, "database-denied", "alter role ROLE set lo_compat_privileges = on")
        try place.server.tell("postgres", "alter role safehold set lo_compat_privileges = on")
        try place.run().mustBe(0)
        try place.server.empty("iqhis")
        try place.server.restore("iqhis", from: try place.restored() + "/iqhis.tar")
        let content = "select convert_from(lo_get(oid), 'UTF8') from pg_largeobject_metadata"
        #expect(try place.server.ask("iqhis", content) == "a picture\n")
    }

    /// `database compare`.
    private func compare(_ place: DatabasePlace, _ words: String...) throws -> Ended {
        try ChildProcess.run(
            [program, "database", "compare", "database", "--strategy", place.desk.strategyFile] + words,
            environment: place.desk.place.reading)
    }

    @Test("that was restored is proved to hold what was backed up, or what differs is named") func compared() throws {
        let place = try DatabasePlace()
        try place.server.make("iqhis", Self.visits)
        try place.server.tell(
            "iqhis",
            #"""
            create table odd("select" text, "a b" bytea, f float8, t timestamptz, j jsonb, n numeric, a text[]);
            insert into odd values ('"x",''y', '\x00ff', 0.1, now(), '{"a": 1}', 1e-20, '{a,"b,c",null}'), (null, null, 'NaN', 'infinity', null, 'NaN', '{}');
            create table "Odd ""name"""(n int); create table empty(n int);
            """#)
        try place.run().mustBe(0)
        #expect(try compare(place).mustBe(0).text == "All 6 tables of 'iqhis' hold what was backed up.\n")
        let folder = try place.restored()
        try place.server.make(
            "again", "alter database again set datestyle = 'SQL, DMY'; alter database again set timezone = 'Asia/Tokyo'"
        )
        try place.server.restore("again", from: folder + "/iqhis.tar")
        try compare(place, "--database", "again").mustBe(0)

        try place.server.tell(
            "again",
            "delete from visits where id = 5; update odd set f = 0.2 where f = 0.1; drop table empty; create table more(n int)"
        )
        let ended = try compare(place, "--database", "again", "--json").mustBe(11)
        let differences = try ended.lines().filter { $0.type == "table-difference" }
        #expect(differences.map { $0.text("table") } == ["public.empty", "public.odd", "public.visits", "public.more"])
        #expect(
            differences[2].text("expected").hasPrefix("5000 rows")
                && differences[2].text("found").hasPrefix("4999 rows"))
        #expect(differences[3].text("expected") == "")
        try compare(place, "--database", "nowhere").mustBe(13)
        try compare(place, "--backup-of", "other").mustBe(2)
    }

    @Test("is dumped from a standby, too") func standby() throws {
        let place = try DatabasePlace()
        try place.server.make("iqhis", Self.visits)
        let standby = try place.server.standby()
        try place.change(to: standby)
        try place.run().mustBe(0)
        let folder = try place.restored()
        try place.server.make("again", "select 1")
        try place.server.restore("again", from: folder + "/iqhis.tar")
        #expect(try place.server.ask("again", Self.question) == place.server.ask("iqhis", Self.question))
    }

    @Test("from a standby that needs what is read is a failed run that says what to set, and with that it is dumped")
    func conflict() throws {
        let place = try DatabasePlace()
        try place.server.make(
            "iqhis", Self.visits + "create table churn as select generate_series(1, 1000) n;")
        let standby = try place.server.standby()
        try place.change(to: standby)
        func wait(_ limit: String) throws {
            try standby.tell("postgres", "alter system set max_standby_streaming_delay = \(limit)")
            try standby.tell("postgres", "select pg_reload_conf()")
        }
        // Rows that nobody on the primary can see any more, the standby has to forget, whoever reads there. No lock is part of
        // it: replaying one, a standby that waits for the dump would hold what the dump waits for.
        let writer = try place.server.keepRunning("iqhis", "update churn set n = n + 1")
        defer {
            writer.signal(SIGKILL)
            _ = writer.wait()
        }
        try wait("0")
        try place.run().mustHaveFailed(13, "database-unreachable", "raise max_standby_streaming_delay")
        #expect(try place.snapshotCount == 0)
        try wait("-1")
        try place.run().mustBe(0)
        #expect(try place.snapshotCount == 1)
    }

    @Test(
        "whose server has no room left is a failed run that says so", .enabled(if: Mount.isPossible, Mount.reason))
    func fullServer() throws {
        let place = try DatabasePlace("globals: no")
        try place.server.make("iqhis", "create table t as select generate_series(1, 1000) n")
        let mount = try Mount(at: place.server.dataDirectory + "/pg_snapshots", size: "4k")
        try ChildProcess.shell("head -c 4096 /dev/zero >\"$1\"/full", mount.path)
        try place.run().mustHaveFailed(13, "stream-failed", "The server's disk is full")
        #expect(try place.snapshotCount == 0)
        mount.vanish()
        try place.run().mustBe(0)
    }

    @Test(
        "whose server dies or is stopped under the dump is a failed run, to be tried again, and no snapshot",
        arguments: [false, true]) func killed(_ isInOrder: Bool) throws
    {
        let place = try DatabasePlace("globals: no")
        try place.server.make("iqhis", "create table t as select generate_series(1, 1000) n")
        // The dump waits for it until the server is gone.
        let locker = try place.server.keepRunning(
            "iqhis", "begin; lock table t in access exclusive mode; select pg_sleep(600)")
        defer {
            locker.signal(SIGKILL)
            _ = locker.wait()
        }
        let locks = "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 't'::regclass"
        try waitUntil("the table is locked") { try place.server.ask("iqhis", locks) != "0\n" }
        let process = try ChildProcess(
            [program, "run", "--json", "--strategy", place.desk.strategyFile].map(\.bytes),
            environment: place.desk.environment)
        let sessions = "select count(*) from pg_stat_activity where application_name = 'safehold'"
        try waitUntil("the dump has its sessions") {
            try (Int(place.server.ask("postgres", sessions).dropLast()) ?? 0) >= 2
        }
        if isInOrder { try place.server.stopInOrder() } else { try place.server.kill() }
        let ended = process.wait()
        try ended.mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(try place.snapshotCount == 0)
    }
}
