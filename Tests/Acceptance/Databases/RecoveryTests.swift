import Foundation
import Glibc
import Testing

/// Recovery of a PostgreSQL server to a point in time (COMP-4, REC-4), with real servers and a ledger of what was committed when.
@Suite(
    "A server that is recovered", .serialized,
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct RecoveryTests {
    @Test(
        "is as it was at a time, a position, a name, a transaction, and at the end: nothing is missing, nothing is later"
    )
    func points() throws {
        let place = try RecoveryPlace()
        _ = try place.commit(2)
        try place.baseBackup()
        let first = try place.commit(3)
        let second = try place.commit(4)
        try place.server.tell("postgres", "select pg_create_restore_point('before it''s \\ changed')")
        let third = try place.commit(2)
        let fourth = try place.commit(5)
        try place.archiveAll()

        func expect(_ mark: RecoveryPlace.Mark, _ rows: Int? = nil, _ words: String...) throws {
            let directory = place.directory()
            try place.run(
                ["restore", "database", "--to", directory, "--target-action", "promote"] + words,
                place.desk.place.reading
            ).mustBe(0)
            #expect(try FileStatus.mode(directory) == "700")
            #expect(try place.ledger(in: directory) == rows ?? mark.rows, "\(words)")
        }
        try expect(first, nil, "--target-time", first.time)
        try expect(first, nil, "--target-lsn", first.position)
        try expect(second, nil, "--target-name", "before it's \\ changed")
        try expect(third, third.rows - 1, "--target-xid", third.transaction, "--target-exclusive")
        try expect(fourth, nil, "--target-end")
        try refusals(place, fourth)
    }

    private func refusals(_ place: RecoveryPlace, _ last: RecoveryPlace.Mark) throws {
        func refused(_ words: String...) throws -> Summary {
            let directory = place.directory()
            let ended = try place.run(
                ["restore", "database", "--json", "--to", directory] + words, place.desk.place.reading)
            #expect(!FileStatus.exists(directory))
            let error = try ended.error()
            #expect(ended.status == (error.text("code") == "usage" ? 2 : 10), ended.said)
            return error
        }
        let early = try refused("--target-time", "2020-01-01 00:00:00+00")
        #expect(early.text("code") == "recovery-target-unreachable")
        #expect(early.text("advice").contains("The earliest point that can be reached is 20"))
        #expect(try refused("--target-lsn", "0/1").text("code") == "recovery-target-unreachable")
        #expect(try refused("--target-lsn", "7/0").text("message").contains("ends before position 7/0"))
        #expect(try refused("--target-time", "2090-01-01 00:00:00Z").text("message").contains("ends before"))
        #expect(try refused("--target-timeline", "9").text("message").contains("timeline 9"))
        let zoneless = try refused("--target-time", "2026-11-27 10:00:00")
        #expect(zoneless.text("code") == "usage" && zoneless.text("advice").contains("'2026-11-27 10:00:00+00'"))
        #expect(try refused("--target-time", last.time, "--target-end").text("code") == "usage")
        let plan = try place.run(
            ["restore", "--component", "database", "--to", place.directory(), "--target-time", last.time, "--dry-run"],
            place.desk.place.reading
        ).mustBe(0).text
        #expect(
            plan.hasPrefix("Nothing was changed. A recovery of 'database'") && plan.contains("log 0000000100000000"))
    }

    @Test("is tried in scratch space by a server that reaches the point, of which nothing is left") func verified()
        throws
    {
        let place = try RecoveryPlace()
        try place.baseBackup()
        let mark = try place.commit(3)
        _ = try place.commit(2)
        try place.archiveAll()
        let proof = try place.recover(to: nil, "--target-time", mark.time, "--verify").mustBe(0).summary()
        #expect(proof["databases"] >= 3 && proof["tables"] > 50 && proof["rows"] > 4, "\(proof.fields)")
        #expect(proof.text("last_commit") <= mark.time.replacing(" ", with: "T"))
        #expect(proof["indexes_checked"] == 1)
        let atTheEnd = try place.recover(to: nil, "--target-end", "--verify").mustBe(0).summary()
        #expect(atTheEnd["tables"] > 50 && atTheEnd["indexes_checked"] == 1)
        let failed = try place.recover(to: nil, "--target-name", "never was", "--verify").mustBe(10).error()
        #expect(failed.text("code") == "recovery-target-unreachable", "\(failed)")
        #expect(failed.text("message").contains("recovery ended before configured recovery target was reached"))
        let left = try FileManager.default.contentsOfDirectory(atPath: place.desk.place.scratch.path)
        #expect(!left.contains { $0.hasPrefix("safehold-recovery") })
        // As root no server starts, and it is said what to do.
        let root = try ChildProcess.run(
            [program, "restore", "database", "--verify", "--target-end", "--json"],
            environment: place.desk.place.reading
        ).mustBe(2)
        #expect(try root.error().text("advice").contains("runuser -u postgres"))
    }

    @Test("is gone soon where its trial is killed, and so is all of it when somebody recovers again") func killed()
        throws
    {
        let place = try RecoveryPlace()
        try place.baseBackup()
        _ = try place.commit(3)
        try place.archiveAll()
        let trial = try place.begin(
            ["restore", "database", "--target-end", "--verify"], place.desk.place.reading)
        var server: pid_t?
        for _ in 0..<3000 where server == nil && !trial.ends(within: 10) {
            server = try place.scratchFolders().lazy.compactMap { folder in
                try? String(contentsOfFile: folder + "/data/postmaster.pid", encoding: .utf8)
            }.first.flatMap { pid_t($0.prefix { $0.isNumber }) }
        }
        trial.signal(SIGKILL)
        #expect(trial.wait().way == .signal(SIGKILL))
        let process = try #require(server)
        for _ in 0..<150 where kill(process, 0) == 0 { usleep(100_000) }
        #expect(kill(process, 0) != 0 && errno == ESRCH, "the server goes on without its parent")
        let left = try place.scratchFolders()
        #expect(left.count == 1)
        // A rehearsal changes nothing.
        try place.recover(to: place.directory(), "--target-end", "--dry-run").mustBe(0)
        #expect(try place.scratchFolders() == left)
        let next = try place.recover(to: nil, "--target-end", "--verify").mustBe(0)
        #expect(try next.lines().contains { $0.type == "warning" && $0.text("message").contains(left[0]) })
        #expect(try place.scratchFolders().isEmpty)
    }

    @Test("is told what it can be recovered to, where its target lies behind the last commit that is archived")
    func behindTheEnd() throws {
        let place = try RecoveryPlace()
        try place.baseBackup()
        let before = try place.commit(2)
        let last = try place.commit(2)
        let now = try place.server.ask(
            "ledger", "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'")
        try place.archiveAll()
        let tried = try place.run(
            ["restore", "database", "--json", "--verify", "--target-time", String(now.dropLast())],
            place.desk.place.reading)
        #expect(tried.status == 10, tried.said)
        #expect(
            try tried.lines().contains {
                $0.type == "warning" && $0.text("message").contains("in the last segment that is archived")
            }, tried.said)
        let error = try tried.error()
        #expect(error.text("code") == "recovery-target-unreachable")
        // The commit of `last` itself is the last one; it came behind `before`.
        let ended = error.text("message").firstRange(of: "transaction in it ended at ").map {
            error.text("message")[$0.upperBound...].prefix(26)
        }
        #expect(
            ended.map { String($0) > before.time.prefix(26) && String($0) <= last.time.prefix(26) } == true,
            "\(error)")
        #expect(error.text("advice").contains("--target-end"))
    }

    @Test("is not taken for whole where a value beside its table, or an index, is damaged") func damaged() throws {
        let place = try RecoveryPlace()
        try place.server.tell(
            "ledger",
            "create table letters(id int constraint numbered primary key, text text) with (autovacuum_enabled = off, toast.autovacuum_enabled = off); alter table letters alter text set storage external; insert into letters select n, repeat(md5(n::text), 200) from generate_series(1, 2000) n; create function talk() returns event_trigger language plpgsql as $$ begin raise exception 'no extensions here'; end $$; create event trigger talk on ddl_command_start execute function talk()"
        )
        let toast = "(select reltoastrelid from pg_class where relname = 'letters')"
        let beside = try whileDamaged(place, toast, block: 0)
        #expect(
            beside.contains("The table public.letters of the database 'ledger' cannot be read")
                && beside.contains("missing chunk number 0"), "\(beside)")
        let index = try whileDamaged(place, "'numbered'", block: 1)
        #expect(index.contains("btree index \"ledger.public.numbered\""), "\(index)")
        try place.baseBackup()
        try place.archiveAll()
        #expect(try place.recover(to: nil, "--target-end", "--verify").mustBe(0).summary()["indexes_checked"] == 1)
    }

    /// What a recovery says of a base backup that was made while the server's disk had nothing in a block of a relation.
    private func whileDamaged(_ place: RecoveryPlace, _ relation: String, block: UInt64) throws -> String {
        try place.server.tell("postgres", "checkpoint")
        let path = try place.server.ask("ledger", "select pg_relation_filepath(\(relation))").dropLast()
        let file = try #require(FileHandle(forUpdatingAtPath: place.server.dataDirectory + "/" + path))
        defer { try? file.close() }
        func exchange(_ bytes: Data) throws -> Data {
            try file.seek(toOffset: block * 8192)
            let before = try #require(try file.read(upToCount: 8192))
            try file.seek(toOffset: block * 8192)
            try file.write(contentsOf: bytes)
            return before
        }
        let before = try exchange(Data(count: 8192))
        try place.baseBackup()
        try place.archiveAll()
        _ = try exchange(before)
        let failed = try place.recover(to: nil, "--target-immediate", "--verify").mustBe(1).error()
        #expect(failed.text("code") == "recovery-failed")
        return failed.text("message")
    }

    @Test("comes back in place, with its tablespace: only what differs is written, and no server starts on half of it")
    func inPlace() throws {
        let place = try RecoveryPlace()
        let space = place.directory()
        try ChildProcess.shell("mkdir \"$1\"; chown 65534:65534 \"$1\"", space)
        try place.server.tell("postgres", "create tablespace fast location '\(space)'")
        try place.server.tell(
            "ledger",
            "create table wide tablespace fast as select n, repeat(md5(n::text), 20) t from generate_series(1, 20000) n; checkpoint"
        )
        try place.baseBackup()
        let mark = try place.commit(3)
        try place.server.tell("ledger", "update wide set t = 'changed' where n < 40; create table later as select 1")
        try place.archiveAll()

        // Elsewhere, with the tablespace elsewhere.
        let (directory, mapped) = (place.directory(), place.directory())
        try place.recover(
            to: directory, "--target-time", mark.time, "--target-action", "promote", "--tablespace-mapping",
            "\(space)=\(mapped)"
        ).mustBe(0)
        #expect(try place.ledger(in: directory) == mark.rows)
        #expect(try FileStatus.count(in: mapped) == 1)
        // The original place is taken.
        #expect(
            try place.recover(to: place.directory(), "--target-end").mustBe(1).error().text("code") == "target-unusable"
        )
        // What was recovered has run since: made anew out of the same base backup.
        let again = try place.recover(
            to: directory, "--in-place", "--target-time", mark.time, "--target-action", "promote"
        ).mustBe(0).summary()
        #expect(again["files_same"] > 500 && again["bytes"] < again["base_bytes"], "\(again.fields)")
        #expect(try place.ledger(in: directory) == mark.rows)
        try wrongPlaces(place, directory)
    }

    private func wrongPlaces(_ place: RecoveryPlace, _ directory: String) throws {
        let running = try ScratchDatabase(recovering: directory)
        let refused = try place.recover(to: directory, "--in-place", "--target-end").mustBe(1).error()
        #expect(refused.text("message").contains("A server runs on"), "\(refused)")
        running.stop()
        #expect(
            try place.recover(to: directory, "--target-end").mustBe(1).error().text("message").contains("is not empty"))
        let stranger = try ScratchDatabase()
        stranger.stop()
        let foreign = try place.recover(to: stranger.dataDirectory, "--in-place").mustBe(1).error()
        #expect(foreign.text("message").contains("belongs to another server"))
        // Killed in the middle of it: nothing starts there until it is done again.
        try ChildProcess.shell("rm \"$1\"/global/pg_control; echo half > \"$1\"/.safehold-recovery", directory)
        let started = try ChildProcess.run(
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ScratchDatabase.programs + "/postgres",
                "-D", directory,
            ])
        #expect(started.status != 0 && started.errorText.contains("global/pg_control"), started.said)
        try place.recover(to: directory, "--in-place", "--target-immediate", "--target-action", "promote").mustBe(0)
        #expect(try place.ledger(in: directory) == 0)
        #expect(!FileStatus.exists(directory + "/.safehold-recovery"))
    }

    @Test("has what its server had not archived: at the end of the archive it is recovered, else it is kept")
    func unarchived()
        throws
    {
        let place = try RecoveryPlace()
        try place.baseBackup()
        let mark = try place.commit(3)
        _ = try place.commit(1)
        try place.archiveAll()
        try place.server.archive(with: "/bin/false")
        _ = try place.commit(4)
        try place.server.tell("postgres", "select pg_switch_wal()")
        let last = try place.commit(2)
        let directory = place.server.dataDirectory
        try place.server.stopInOrder()
        let old = try place.server.log(below: directory)
        try ChildProcess.shell("cp -a \"$1\" \"$1.copy\"", directory)

        func recover(_ directory: String, _ words: String...) throws -> String {
            let ended = try place.run(
                ["restore", "database", "--json", "--to", directory, "--in-place", "--target-action", "promote"]
                    + words, place.desk.place.reading
            ).mustBe(0)
            return try ended.lines().filter { $0.type == "warning" }.map { $0.text("message") }.joined(separator: "\n")
        }
        let kept = try recover(directory + ".copy", "--target-time", mark.time)
        #expect(kept.contains("unarchived-20"), "\(kept)")
        let aside = try place.server.log(below: directory + ".copy").filter { $0.key.hasPrefix("unarchived-") }
        #expect(aside.count >= 2)
        // What is there is there as it was; all that is not there was archived, or was no log.
        for (name, digest) in aside {
            #expect(old[name.split(separator: "/").last.map(String.init) ?? ""] == digest, "\(name)")
        }
        #expect(try place.ledger(in: directory + ".copy") == mark.rows)
        // The next recovery keeps it, too.
        _ = try recover(directory + ".copy", "--target-immediate")
        let again = try place.server.log(below: directory + ".copy")
        #expect(aside.allSatisfy { again[$0.key] == $0.value })

        let used = try recover(directory, "--target-end")
        #expect(used.contains("for the server to recover"), "\(used)")
        #expect(try place.ledger(in: directory) == last.rows)
    }

    @Test(
        "does not touch another server's tablespace that was made after the base backup, nor is what is left of one believed"
    )
    func laterTablespace() throws {
        let place = try RecoveryPlace()
        try place.baseBackup()
        let space = try place.server.folder("space")
        try place.server.tell("ledger", "create tablespace later location '\(space)'")
        try place.server.tell("ledger", "create table far(n int, t text) tablespace later")
        try place.server.tell("ledger", "insert into far select n, 'old' from generate_series(1, 1000) n")
        let mark = try place.commit(2)
        try place.server.tell("ledger", "update far set t = 'new'")
        try place.server.tell("ledger", "vacuum (freeze) far")
        _ = try place.commit(1)
        try place.server.tell("postgres", "checkpoint")
        try place.archiveAll()
        func content() throws -> String {
            try ChildProcess.shell("cd \"$1\"; find . -type f -print0 | sort -z | xargs -0 sha256sum", space)
        }
        let before = try content()
        let tried = try place.recover(to: nil, "--target-time", mark.time, "--verify")
        #expect(tried.status != 0 && tried.said.description.contains("makes the tablespace"), tried.said)
        #expect(try content() == before)
        let directory = place.directory()
        try place.recover(to: directory, "--target-lsn", mark.position, "--target-action", "promote").mustBe(0)
        let log = place.directory()
        let settings = "-c listen_addresses='' -c unix_socket_directories='\(place.desk.place.scratch.path)'"
        let started = try ChildProcess.run(
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ScratchDatabase.programs + "/pg_ctl",
                "-D", directory, "-w", "-l", log, "-o", settings, "start",
            ], environment: ["SAFEHOLD_HOME": place.desk.place.scratch.path + "/server-state"])
        #expect(started.status != 0)
        #expect(try String(contentsOfFile: log, encoding: .utf8).contains("makes the tablespace"))
        #expect(try content() == before)
        #expect(try place.server.ask("ledger", "select count(*) from far where t = 'new'") == "1000\n")
        // As on another host.
        try place.server.stopInOrder()
        try ChildProcess.shell("mv \"$1\" \"$1.away\"; mkdir -m 700 \"$1\"; chown 65534:65534 \"$1\"", space)
        let fresh = place.directory()
        try place.recover(to: fresh, "--target-lsn", mark.position, "--target-action", "promote").mustBe(0)
        let recovered = try ScratchDatabase(recovering: fresh)
        defer { recovered.stop() }
        #expect(try recovered.ask("ledger", "select count(*), min(t) from far") == "1000|old\n")
    }

    @Test("is not led over a gap in its log: what can be reached is named") func gap() throws {
        let place = try RecoveryPlace()
        try place.baseBackup()
        let before = try place.commit(2)
        try place.archiveAll()
        // When a segment was written is believed to the second.
        usleep(1_100_000)
        // Somebody turned archiving off for a while.
        try place.server.archive(with: "/bin/true")
        let lost = try place.commit(2)
        try place.archiveAll()
        try place.archive()
        let after = try place.commit(2)
        try place.archiveAll()
        for words in [["--target-end"], ["--target-time", after.time], ["--target-lsn", lost.position]] {
            let directory = place.directory()
            let refused = try place.run(
                ["restore", "database", "--json", "--to", directory] + words, place.desk.place.reading
            ).mustBe(10).error()
            #expect(refused.text("code") == "recovery-target-unreachable", "\(refused)")
            #expect(refused.text("message").contains("lacks the segment 0000000100000000"), "\(refused)")
            #expect(refused.text("advice").contains("recover to a time before 20"))
            #expect(!FileStatus.exists(directory))
        }
        try place.recover(to: place.directory(), "--target-time", before.time, "--dry-run").mustBe(0)
        let warned = try place.recover(to: place.directory(), "--target-name", "somewhere", "--dry-run").mustBe(0)
        #expect(
            try warned.lines().contains { $0.type == "warning" && $0.text("message").contains("lacks the segment") })
        #expect(try warned.summary().text("missing_segment").hasPrefix("0000000100000000"))
    }
}
