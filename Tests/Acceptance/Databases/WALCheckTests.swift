import Foundation
import Glibc
import TestSupport
import Testing

/// What `wal check` says of the server whose log it is, with real servers.
@Suite(
    "A check of a log that asks the server", .serialized,
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct WALCheckTests {
    private func server(_ ended: Ended) throws -> Summary {
        let lines = try ended.lines()
        let page = try DocumentedLines()
        for line in lines { #expect(page.problems(of: line) == [], "\(line)") }
        return try #require(lines.first { $0.type == "wal-server" }, ended.said)
    }

    private func codes(_ ended: Ended) throws -> [String] {
        try ended.lines().filter { $0.type == "finding" }.map { $0.text("code") }
    }

    private func set(_ server: ScratchDatabase, _ settings: String...) throws {
        for setting in settings { try server.tell("postgres", "alter system set \(setting)") }
        _ = try server.ask("postgres", "select pg_reload_conf()")
        usleep(200_000)
    }

    @Test("says how it stands with the slot, whether somebody receives by it, and how far behind it is") func slot()
        throws
    {
        let place = try ReceivePlace(nil, ", slot: nightly")
        try place.receive("--create-slot").mustBe(0)
        try place.finish(2)
        let receiver = try place.begin()
        try waitUntil("nobody receives") {
            try place.server.ask("postgres", "select active from pg_replication_slots") == "t\n"
        }
        try waitUntil("nothing is archived") { try place.check().status == 0 }
        let fine = try place.checkServer().mustBe(0)
        let used = try server(fine)
        #expect(used.text("state") == "fine" && used.text("way") == "slot" && used.text("slot") == "nightly", fine.said)
        #expect(used.fields["slot_active"] as? Bool == true && used.text("wal_status") == "reserved", fine.said)
        #expect(try fine.summary().text("server") == "fine" && codes(fine) == [])
        receiver.signal(SIGTERM)
        _ = receiver.wait()

        // Nobody receives, and the server's log grows.
        try place.finish(5)
        let idle = try place.checkServer().mustBe(1)
        #expect(try codes(idle) == ["wal-stalled"] && server(idle)["slot_lag_bytes"] >= 4 << 20, idle.said)
        // The archive itself is as it was.
        #expect(try idle.summary().text("outcome") == "complete" && idle.summary().text("server") == "troubled")
        #expect(try place.checkServer("--archive-only").mustBe(0).lines().allSatisfy { $0.type != "wal-server" })
        // Who names the repository alone has the archive looked at alone.
        #expect(try place.check().mustBe(0).lines().allSatisfy { $0.type != "wal-server" })
        let text = try ChildProcess.run(
            [program, "wal", "check", "cluster", "--strategy", place.desk.strategyFile],
            environment: place.desk.place.reading
        ).mustBe(1)
        #expect(text.text.contains("by the slot 'nightly', which keeps it from"), text.said)
        #expect(text.text.contains("not in use") && text.errorText.contains("Start 'safehold daemon'"), text.said)

        // The slot of another name is not there.
        let missing = try place.checkServer("--slot", "other").mustBe(10)
        #expect(try codes(missing) == ["wal-slot-missing"], missing.said)
        #expect(try server(missing).fields["slot_present"] as? Bool == false)
        place.server.stop()
        let away = try place.checkServer().mustBe(13)
        #expect(try codes(away) == ["database-unreachable"] && server(away).text("state") == "unknown", away.said)
        #expect(try away.summary().text("outcome") == "complete" && away.summary().text("server") == "unknown")
    }

    @Test("does not wait for a server that takes connections and says nothing") func silent() throws {
        let place = try ReceivePlace(nil, ", slot: nightly")
        place.server.stop()
        let silence = try SilentServer(in: place.server.socket, greets: false)
        let ended = try place.checkServer().mustBe(10)
        #expect(try codes(ended) == ["database-unreachable"] && server(ended).text("state") == "unknown", ended.said)
        let finding = try ended.lines().first { $0.type == "finding" }
        #expect(finding?.text("message").contains("The server does not answer: ") == true, ended.said)
        withExtendedLifetime(silence) {}
    }

    @Test("says of the server what keeps its log from coming, where nothing is archived yet") func nothingYet() throws {
        let place = try ReceivePlace(nil, ", slot: nightly")
        let missing = try place.checkServer().mustBe(10)
        #expect(try codes(missing) == ["wal-slot-missing"] && server(missing).text("state") == "troubled", missing.said)
        #expect(try missing.error().text("code") == "snapshot-missing", missing.said)
        try place.server.tell("postgres", "select pg_create_physical_replication_slot('nightly', true)")
        let idle = try place.checkServer().mustBe(10)
        #expect(try codes(idle) == ["wal-stalled"], idle.said)
        #expect(try place.checkServer("--archive-only").mustBe(10).lines().allSatisfy { $0.type != "wal-server" })
        place.server.stop()
        #expect(try codes(place.checkServer().mustBe(10)) == ["database-unreachable"])
    }

    @Test("says that a slot keeps too much, that it is lost, and that it begins behind the archive's end") func lost()
        throws
    {
        let place = try ReceivePlace()
        try place.receive("--create-slot").mustBe(0)
        try place.finish(1)
        try place.receive().mustBe(0)
        // Nobody said that it is received all the time: then a slot that is not in use is no trouble.
        let idle = try place.checkServer().mustBe(0)
        #expect(try server(idle).fields["slot_active"] as? Bool == false, idle.said)
        #expect(try idle.lines().contains { $0.type == "warning" && $0.text("message").contains("Nobody receives") })
        try set(place.server, "min_wal_size = '2MB'", "max_wal_size = '2MB'")
        try place.finish(10)
        try place.server.tell("postgres", "checkpoint")
        let extended = try place.checkServer().mustBe(0)
        #expect(try server(extended).text("wal_status") == "extended", extended.said)
        try set(place.server, "max_slot_wal_keep_size = '2MB'")
        try place.finish(10)
        try place.server.tell("postgres", "checkpoint")
        let lost = try place.checkServer().mustBe(11)
        #expect(try codes(lost) == ["wal-gap"] && server(lost).text("wal_status") == "lost", lost.said)
        try place.run("--drop-slot").mustBe(0)
        try place.server.tell("postgres", "select pg_create_physical_replication_slot('safehold_cluster', true)")
        let behind = try place.checkServer().mustBe(11)
        #expect(try codes(behind) == ["wal-gap"], behind.said)
        #expect(try behind.lines().contains { $0.text("message").contains("and the archive ends with") }, behind.said)
        #expect(try behind.summary().text("outcome") == "complete")
    }

    @Test("says what it can to a role that may replicate and is let into no database") func replicationOnly() throws {
        let place = try ReceivePlace(nil, ", slot: nightly")
        try place.receive("--create-slot").mustBe(0)
        try place.finish(1)
        try place.receive().mustBe(0)
        try place.server.tell("postgres", "create role copier login replication")
        let text = try String(contentsOfFile: place.desk.strategyFile, encoding: .utf8)
        try text.replacing("user: postgres", with: "user: copier").write(
            toFile: place.desk.strategyFile, atomically: false, encoding: .utf8)
        // A role without privileges sees all of it.
        #expect(try server(place.checkServer().mustBe(1)).fields["slot_active"] as? Bool == false)
        try place.server.admit("local all postgres trust\nlocal replication all trust\n")
        usleep(200_000)
        let seen = try place.checkServer().mustBe(0)
        #expect(try server(seen).fields["slot_present"] as? Bool == true, seen.said)
        #expect(try server(seen).fields["slot_active"] == nil && server(seen).fields["slot_lag_bytes"] != nil)
        try set(place.server, "max_wal_size = '2MB'", "min_wal_size = '2MB'", "max_slot_wal_keep_size = '2MB'")
        try place.finish(20)
        try place.server.tell("postgres", "checkpoint")
        #expect(try place.server.ask("postgres", "select wal_status from pg_replication_slots") == "lost\n")
        let lost = try place.checkServer().mustBe(1)
        #expect(try codes(lost) == ["wal-stalled"], lost.said)
        #expect(try lost.lines().contains { $0.text("message").contains("or it fell behind and is lost") }, lost.said)
        try place.server.admit("local all postgres trust\n")
        usleep(200_000)
        #expect(try codes(place.checkServer().mustBe(12)) == ["database-denied"])
    }

    @Test("says what keeps archive_command from archiving") func command() throws {
        let place = try RecoveryPlace()
        func check() throws -> Ended {
            try ChildProcess.run(
                [program, "wal", "check", "database", "--json", "--strategy", place.desk.strategyFile],
                environment: place.desk.place.reading)
        }
        try place.archiveAll()
        let fine = try check().mustBe(0)
        let told = try server(fine)
        #expect(told.text("way") == "archive-command" && told.text("state") == "fine", fine.said)
        #expect(told.text("last_archived").count == 24 && told.text("archive_mode") == "on", fine.said)
        #expect(try fine.lines().allSatisfy { $0.type != "warning" }, fine.said)

        try set(place.server, "archive_command = '/bin/false'")
        try place.server.tell("ledger", "insert into entries default values")
        _ = try place.server.ask("postgres", "select pg_switch_wal()")
        try place.awaitFailedPush()
        let failing = try check().mustBe(1)
        #expect(
            try codes(failing) == ["wal-stalled"] && server(failing).fields["last_failed_time"] != nil, failing.said)

        // What says that it archived, and did not.
        try set(place.server, "archive_command = '/bin/true'")
        let name = try place.server.ask("postgres", "select pg_walfile_name(pg_switch_wal())").dropLast()
        try waitUntil("the server counts it as archived") {
            try place.server.ask("postgres", "select last_archived_wal >= '\(name)' from pg_stat_archiver") == "t\n"
        }
        let counted = try check().mustBe(11)
        #expect(try codes(counted) == ["wal-gap"], counted.said)
        #expect(try counted.lines().contains { $0.type == "warning" && $0.text("message").contains("wal push") })
        #expect(try counted.summary().text("outcome") == "complete", counted.said)

        try set(place.server, "archive_command = ''")
        #expect(try check().mustBe(1).lines().contains { $0.text("message").contains("archive_command is empty") })
        if try place.server.ask("postgres", "select current_setting('archive_library', true)") != "\n" {
            try place.server.tell("postgres", "alter system set archive_library = 'basic_archive'")
            try place.server.stopInOrder()
            try place.server.startAgain()
            let library = try check().mustBe(1)
            #expect(try server(library).text("archive_library") == "basic_archive", library.said)
            try place.server.tell("postgres", "alter system reset archive_library")
        }
        try place.server.tell("postgres", "alter system set archive_mode = off")
        try place.server.stopInOrder()
        try place.server.startAgain()
        #expect(try check().mustBe(1).lines().contains { $0.text("message").contains("archive_mode is off") })
    }
}
