import Foundation
import Glibc
import Testing

/// `wal receive`: a server's log by a replication slot (COMP-4, REC-4), with real servers.
@Suite(
    "A log that is received by a replication slot", .serialized,
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct WALReceiveTests {
    @Test("is archived as the server has it; a slot is made and removed only when that is asked for") func received()
        throws
    {
        let place = try ReceivePlace()
        let missing = try place.receive().mustBe(10).error()
        #expect(missing.text("code") == "wal-slot-missing" && missing.text("advice").contains("--create-slot"))
        #expect(try place.slots.isEmpty)
        let made = try place.receive("--create-slot").mustBe(0).summary()
        #expect(made.fields["slot_created"] as? Bool == true && made.text("slot") == "safehold_cluster")
        let last = try place.finish(5)
        let ended = try place.receive().mustBe(0)
        let summary = try ended.summary()
        #expect(summary["segments"] >= 5 && summary["gaps"] == 0 && summary["timeline"] == 1, ended.said)
        let page = try DocumentedLines()
        for line in try ended.lines() { #expect(page.problems(of: line) == [], "\(line)") }
        #expect(try place.last() == last)
        #expect(try place.isSame(last))
        try waitUntil("the server keeps what is archived") { try place.isConfirmed(last) }
        // Nothing is whole that is not archived.
        #expect(try place.receive().mustBe(0).summary()["segments"] == 0)
        #expect(try place.desk.place.snapshots().isEmpty)
        #expect(try place.run("--drop-slot").mustBe(0).summary().fields["slot_dropped"] as? Bool == true)
        #expect(try place.slots.isEmpty)
        try place.run("--drop-slot").mustBe(10)
        try place.run("--drop-slot", "--once").mustBe(2)
        try place.run("--slot", "Upper").mustBe(2)
    }

    @Test("has no gap and no conflict after any number of kills, and the server never lets go of what is not archived")
    func killed() throws {
        let place = try ReceivePlace()
        try place.receive("--create-slot").mustBe(0)
        try place.finish(1)
        try place.receive().mustBe(0)
        let writer = try place.writer()
        for round in 1...5 {
            let receiver = try place.begin()
            _ = receiver.ends(within: Int32(300 * round))
            receiver.signal(SIGKILL)
            _ = receiver.wait()
            // In this order: the archive may only have more by the time that it is looked at.
            let kept = try place.kept()
            let check = try place.check().mustBe(0)
            let last = try check.lines().last { $0.type == "wal-timeline" }?.text("last") ?? ""
            #expect(try Self.next(last) >= kept, "the server let go of what is not archived")
        }
        writer.signal(SIGTERM)
        _ = writer.wait()
        let last = try place.finish(1)
        let receiver = try place.begin()
        try waitUntil("the log did not come") { try place.isConfirmed(last) }
        receiver.signal(SIGTERM)
        let ended = receiver.wait()
        #expect(ended.status == 130, ended.said)
        let checked = try place.check().mustBe(0).summary()
        #expect(checked["gaps"] == 0 && checked["conflicts"] == 0, "\(checked)")
        #expect(try place.last() == last)
        #expect(try FileStatus.files(below: place.desk.place.home).filter { $0.contains("arriving") } == [])
    }

    /// The name behind a segment's of 1 MiB.
    private static func next(_ name: String) throws -> String {
        let number = try #require(UInt64(name.dropFirst(16), radix: 16)) + 1
        let digits = String(number, radix: 16, uppercase: true)
        return name.prefix(16) + String(repeating: "0", count: 8 - digits.count) + digits
    }

    @Test("goes on when the server or the repository was away, which is told once; nothing is confirmed meanwhile")
    func away() throws {
        let place = try ReceivePlace()
        let receiver = try place.begin("--create-slot")
        var last = try place.finish(2)
        try waitUntil("the log did not come") { try place.isConfirmed(last) }
        // Who receives does not keep the server from shutting down.
        try place.server.stopInOrder()
        try place.server.startAgain()
        last = try place.finish(2)
        try waitUntil("it did not go on with the server") { try place.isConfirmed(last) }
        try place.server.kill()
        try place.server.startAgain()
        last = try place.finish(2)
        try waitUntil("it did not go on after a crash") { try place.isConfirmed(last) }

        let kept = try place.kept()
        try place.takeRepositoryAway()
        last = try place.finish(20)
        #expect(!receiver.ends(within: 4000))
        #expect(try place.kept() == kept)
        try place.bringRepositoryBack()
        try waitUntil("it did not go on with the repository") { try place.isConfirmed(last) }
        #expect(try place.last() == last)

        // Somebody removes the slot.
        try place.server.tell(
            "postgres",
            """
            do $$ begin loop
                perform pg_terminate_backend(active_pid) from pg_replication_slots;
                begin
                    perform pg_drop_replication_slot('safehold_cluster'); return;
                exception when object_in_use then perform pg_sleep(0.02);
                end;
            end loop; end $$
            """)
        let ended = receiver.wait()
        #expect(try ended.mustBe(10).error().text("code") == "wal-slot-missing")
        let warnings = try ended.lines().filter { $0.type == "warning" }.map { $0.text("message") }
        #expect(warnings.count { $0.contains("repository") } == 1, "\(warnings)")
        #expect(warnings.count <= 5, "\(warnings)")
    }

    @Test("that fell behind is a gap, and is told as one; what comes after it is archived") func lost() throws {
        let place = try ReceivePlace()
        try place.receive("--create-slot").mustBe(0)
        let before = try place.finish(1)
        try place.receive().mustBe(0)
        for setting in ["max_slot_wal_keep_size = '2MB'", "min_wal_size = '2MB'", "max_wal_size = '2MB'"] {
            try place.server.tell("postgres", "alter system set \(setting)")
        }
        _ = try place.server.ask("postgres", "select pg_reload_conf()")
        try place.finish(30)
        try place.server.tell("postgres", "checkpoint")
        let lost = try place.receive().mustBe(11).error()
        #expect(lost.text("code") == "wal-gap" && lost.text("advice").contains("--drop-slot"), "\(lost)")
        try place.run("--drop-slot").mustBe(0)
        let ended = try place.receive("--create-slot").mustBe(11)
        let finding = try #require(try ended.lines().first { $0.type == "finding" }, ended.said)
        #expect(finding.text("code") == "wal-gap" && finding.text("message").contains("The server no longer has"))
        // It is told until something behind it is archived.
        try place.finish(2)
        #expect(try place.receive().mustBe(11).summary()["segments"] >= 2)
        let last = try place.finish(1)
        #expect(try place.receive().mustBe(0).summary()["segments"] >= 1)
        // Nothing was backed up by which one could tell whether the gap matters.
        let check = try place.check().mustBe(11)
        #expect(try check.summary()["gaps"] == 1, check.said)
        #expect(before < last)
    }

    @Test("that fell behind by less than the server still has lacks only what the server has removed") func partlyLost()
        throws
    {
        let place = try ReceivePlace()
        try place.receive("--create-slot").mustBe(0)
        let before = try place.finish(1)
        try place.receive().mustBe(0)
        try place.run("--drop-slot").mustBe(0)
        for setting in ["wal_keep_size = '5MB'", "min_wal_size = '2MB'", "max_wal_size = '2MB'"] {
            try place.server.tell("postgres", "alter system set \(setting)")
        }
        _ = try place.server.ask("postgres", "select pg_reload_conf()")
        try place.finish(20)
        try place.server.tell("postgres", "checkpoint")
        let named = "select min(name) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'"
        let oldest = String(try place.server.ask("postgres", named).dropLast())
        let ended = try place.receive("--create-slot").mustBe(11)
        // Otherwise the test shows nothing: the server has log that the new slot does not keep.
        #expect(try Self.next(before) < oldest && Self.next(oldest) < place.kept(), ended.said)
        let findings = try ended.lines().filter { $0.type == "finding" }
        #expect(findings.count == 1 && findings.first?.text("code") == "wal-gap", ended.said)
        let message = findings.first?.text("message") ?? ""
        let gap = message.matches(of: /[0-9A-F]{24}/).map { String($0.output) }
        #expect(try gap.first == Self.next(before) && Self.next(gap.last ?? "") == oldest, ended.said)
        #expect(try place.isSame(oldest))
        // All behind the gap is there, and is not told again.
        let last = try place.finish(2)
        #expect(try place.receive().mustBe(0).summary()["gaps"] == 0)
        let check = try place.check().mustBe(11)
        let line = try check.lines().last { $0.type == "wal-timeline" }
        #expect(try check.summary()["gaps"] == 1 && line?.text("last") == last, check.said)
    }

    @Test("may be handed over by the server as well: each segment is there once, and nobody is refused") func bothWays()
        throws
    {
        let place = try ReceivePlace()
        try place.receive("--create-slot").mustBe(0)
        func push(_ name: String) throws -> Summary {
            try ChildProcess.run(
                [program, "wal", "push", "--json", "--component", "cluster", "pg_wal/" + name],
                environment: place.desk.place.writing, directory: place.server.dataDirectory
            ).mustBe(0).summary()
        }
        let first = try place.finish(1)
        try place.receive().mustBe(0)
        #expect(try push(first).fields["stored"] as? [String] == [])
        let second = try place.finish(1)
        #expect(try push(second).fields["stored"] as? [String] == [second])
        #expect(try place.receive().mustBe(0).summary()["snapshots"] == 0)
        try waitUntil("the server keeps what is archived") { try place.isConfirmed(second) }
        #expect(try place.check().mustBe(0).summary()["duplicates"] == 0)
        // Another cluster's log does not get in.
        let other = try ReceivePlace()
        try other.receive("--create-slot").mustBe(0)
        let settings = try String(contentsOfFile: place.desk.strategyFile, encoding: .utf8)
        try settings.replacing(place.server.socket, with: other.server.socket).write(
            toFile: place.desk.strategyFile, atomically: false, encoding: .utf8)
        #expect(try place.receive().mustBe(1).error().text("code") == "wal-foreign")
    }

    @Test("is followed onto the timeline of a standby that is promoted meanwhile") func promoted() throws {
        let primary = try ScratchDatabase(segment: 1)
        try primary.tell("postgres", "create table entries(id serial, text text)")
        let standby = try primary.standby()
        let place = try ReceivePlace(standby)
        let receiver = try place.begin("--create-slot")
        try waitUntil("there is no slot") { try !place.slots.isEmpty }
        try primary.tell("postgres", ReceivePlace.some + "; select pg_switch_wal()")
        try primary.tell("postgres", ReceivePlace.some)
        let end = try primary.ask("postgres", "select pg_current_wal_flush_lsn()").dropLast()
        try waitUntil("the standby does not follow") {
            try standby.ask("postgres", "select pg_last_wal_replay_lsn() >= '\(end)'") == "t\n"
        }
        _ = try standby.ask("postgres", "select pg_promote()")
        let last = try place.finish(3)
        #expect(last.hasPrefix("00000002"))
        try waitUntil("the new timeline did not come") {
            try place.kept().hasPrefix("00000002") && place.isConfirmed(last)
        }
        receiver.signal(SIGTERM)
        let ended = receiver.wait()
        #expect(ended.status == 130, ended.said)
        let check = try place.check().mustBe(0)
        let lines = try check.lines().filter { $0.type == "wal-timeline" }
        #expect(lines.map { $0["timeline"] } == [1, 2] && lines.last?.fields["history"] as? Bool == true, check.said)
        #expect(try lines.last?.text("last") == last && place.isSame(last))
        let files = try ended.lines().flatMap { $0.fields["files"] as? [String] ?? [] }
        #expect(files.contains("00000002.history") && files.contains { $0.hasSuffix(".partial") }, "\(files)")
    }

    @Test("is all that a recovery to the newest committed row needs beside a base backup") func recovered() throws {
        let place = try RecoveryPlace()
        // From here on nothing is handed over.
        try place.server.tell("postgres", "alter system set archive_command = '/bin/true'")
        _ = try place.server.ask("postgres", "select pg_reload_conf()")
        func receive(_ words: String...) throws -> Ended {
            try place.run(
                [
                    "wal", "receive", "--json", "--component", "database", "--once", "--strategy",
                    place.desk.strategyFile,
                ]
                    + words, place.desk.environment)
        }
        try receive("--create-slot").mustBe(0)
        try place.baseBackup()
        let mark = try place.commit(5)
        _ = try place.server.ask("postgres", "select pg_switch_wal()")
        #expect(try receive().mustBe(0).summary()["segments"] > 0)
        let directory = place.directory()
        try place.recover(to: directory, "--target-end").mustBe(0)
        #expect(try place.ledger(in: directory) == mark.rows)
    }

    @Test("is received by the daemon, through kills of it and of its connection; what keeps it from that is told")
    func daemon() throws {
        let numbers = try Scratch()
        let metrics = numbers.path + "/safehold.prom"
        let place = try ReceivePlace(
            nil, ", slot: nightly, wal: archive", more: "  metrics: { textfile: \(metrics) }")
        func number(_ name: String) -> Double? {
            let text = (try? String(contentsOfFile: metrics, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("safehold_wal_\(name){component=\"cluster\"") }
            return line?.split(separator: " ").last.flatMap { Double($0) }
        }
        func status() throws -> [Summary] {
            try ChildProcess.run(
                [program, "status", "--json", "--strategy", place.desk.strategyFile],
                environment: place.desk.environment
            ).lines()
        }
        func receiving() throws -> String {
            (try status().last { $0.type == "status" }?.fields["receiving"] as? [String] ?? []).joined()
        }
        // The daemon makes no slot: what it keeps of the log might fill the server's disk.
        try place.desk.start()
        try place.desk.wait("that there is no slot is an incident") {
            try status().contains {
                $0.type == "incident" && $0.text("summary").contains("no replication slot 'nightly'")
            }
        }
        #expect(try receiving().contains("cannot be received"))
        #expect(try place.slots.isEmpty)
        try place.server.tell("postgres", "select pg_create_physical_replication_slot('nightly', true)")
        var last = try place.finish(2)
        try place.desk.wait("the log") { try place.isConfirmed(last) }
        try place.desk.wait("the incident is over") { try !status().contains { $0.type == "incident" } }
        // The daemon's first base backup has the server begin another segment, before or after.
        try place.desk.wait("how it stands") {
            let words = try receiving().split(separator: " ")
            return words.firstIndex(of: "to").map { words[$0 + 1].prefix(24) >= last } ?? false
        }
        try place.desk.wait("the numbers") {
            number("archived_time_seconds") != nil && number("archived_position_bytes") ?? 0 >= Double(3 << 20)
        }
        #expect(number("archived_age_seconds").map { (0...120).contains($0) } == true)
        // Asked every 30 seconds; at first there was no slot.
        try place.desk.wait("the slot's lag") { number("slot_lag_bytes") != nil }
        try place.server.tell("postgres", "select pg_terminate_backend(active_pid) from pg_replication_slots")
        last = try place.finish(2)
        try place.desk.wait("the log after a connection was cut") { try place.isConfirmed(last) }
        try place.desk.stop(SIGKILL)
        let archived = number("archived_time_seconds")
        #expect(unlink(metrics) == 0)
        try place.desk.start()
        // Known before anything new came.
        try place.desk.wait("the numbers of the daemon before") { number("archived_time_seconds") != nil }
        #expect(number("archived_time_seconds") ?? 0 >= archived ?? .infinity)
        last = try place.finish(2)
        try place.desk.wait("the log after a daemon was killed") { try place.isConfirmed(last) }
        try #expect(place.desk.stop().way == .exit(0))
        let checked = try place.check().mustBe(0).summary()
        #expect(checked["gaps"] == 0 && checked["conflicts"] == 0, "\(checked)")
        #expect(try place.last() == last)
    }

    @Test("is not received by who may not, and it is said what is missing") func refused() throws {
        let place = try ReceivePlace()
        try place.receive("--create-slot").mustBe(0)
        try place.server.tell("postgres", "create role copier login")
        let text = try String(contentsOfFile: place.desk.strategyFile, encoding: .utf8)
        try text.replacing("user: postgres", with: "user: copier").write(
            toFile: place.desk.strategyFile, atomically: false, encoding: .utf8)
        let refused = try place.receive().mustBe(12).error()
        #expect(refused.text("code") == "database-denied", "\(refused)")
        #expect(refused.text("advice").contains("alter role ROLE replication"), "\(refused)")
        try place.server.tell("postgres", "alter role copier replication")
        try place.receive().mustBe(0)
        place.server.stop()
        #expect(try place.receive().mustBe(13).error().text("code") == "database-unreachable")
    }
}
