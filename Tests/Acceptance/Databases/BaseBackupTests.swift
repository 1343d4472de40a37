import Foundation
import Testing

/// Base backups of PostgreSQL servers (COMP-4, REC-4), with a real server.
@Suite(
    "A base backup",
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct BaseBackupTests {
    private static let visits = """
        create table visits(id int primary key, note text);
        insert into visits select n, 'visit ' || n from generate_series(1, 20000) n;
        """
    private static let question = "select count(*) >= 20000, min(id), max(note) from visits where id <= 20000"

    @Test("of a server that is written to, with a tablespace, is what it says it is, and starts by itself")
    func comesBack() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        let space = try place.server.folder("space")
        try place.server.tell("iqhis", "create tablespace space location '\(space)'")
        try place.server.tell("iqhis", "create table far(n int) tablespace space; insert into far values (1), (2)")
        let writer = try place.server.keepRunning(
            "iqhis",
            "insert into visits select max(id) + 1, 'later' from visits; update visits set note = note where id < 100")
        defer {
            writer.signal(SIGKILL)
            _ = writer.wait()
        }
        try place.run().mustBe(0)
        let folder = try place.restored()
        try place.verify(folder)
        let facts = try place.facts(folder)
        #expect(facts["wal_included"] as? Bool == true && facts["standby"] as? Bool == false)
        let tablespaces = try #require(facts["tablespaces"] as? [[String: Any]])
        #expect(tablespaces.map { $0["location"] as? String } == [space])
        let oid = try #require(tablespaces[0]["oid"] as? Int)
        let link = folder + "/data/pg_tblspc/\(oid)"
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == space)

        let copy = try ScratchDatabase(adopting: folder)
        #expect(try copy.ask("iqhis", Self.question) == "t|1|visit 9999\n")
        #expect(try copy.ask("iqhis", "select count(*) from far") == "2\n")
    }

    @Test("that follows another stores little more than what changed") func deduplicated() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        try place.run().mustBe(0)
        let before = try place.lastRun()["bytes_stored"]
        try place.server.tell("iqhis", "update visits set note = 'changed' where id = 7")
        try place.run().mustBe(0)
        let after = try place.lastRun()["bytes_stored"]
        #expect(after > 0 && after < before / 3, "\(before), then \(after)")
    }

    @Test("of a server with a damaged page is made, is partial, and names table and block") func damagedPage() throws {
        let place = try BaseBackupPlace(ScratchDatabase(hasChecksums: true))
        try place.server.make("iqhis", Self.visits)
        try place.run().mustBe(0)
        try place.expectDamagedPage()
        try place.verify(try place.restored())
    }

    @Test("is taken from a standby, and by a role that may do nothing else") func standby() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        try place.server.tell("postgres", "create role copier login replication")
        let standby = try place.server.standby()
        try standby.admit("local replication copier trust\nlocal all postgres trust\n")
        try place.change("host: \(standby.socket), user: copier")
        try place.run().mustBe(0)
        let folder = try place.restored()
        #expect(try place.facts(folder)["standby"] as? Bool == true)
        try place.verify(folder)
        // It archives nothing, and what its primary does is not for it to wait for.
        try place.change("host: \(standby.socket), user: copier, wal: archive")
        try place.run().mustBe(0)
    }

    @Test("without its log relies on the archive, and says so where there is none") func archived() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        try place.change("host: \(place.server.socket), user: postgres, wal: archive")
        try place.run().mustBe(0)
        let folder = try place.restored()
        try place.verify(folder, "-n")
        #expect(try place.facts(folder)["wal_included"] as? Bool == false)
        #expect(try FileStatus.files(below: folder + "/data/pg_wal") == [])
        #expect(try place.lastLog().contains("archive_mode is off"))
    }

    /// A server that archives what it is told to, but waits as long as `gate`/shut is there; its log goes nowhere.
    private func gated() throws -> (place: BaseBackupPlace, gate: String) {
        let place = try BaseBackupPlace()
        let gate = try place.server.folder("gate")
        try place.server.archive(with: "while [ -e \(gate)/shut ]; do sleep 0.02; done; test -f %p")
        try place.server.tell("postgres", "create role copier login replication")
        try place.change("host: \(place.server.socket), user: copier, wal: archive")
        try ChildProcess.shell("touch \"$1\"/shut", gate)
        return (place, gate)
    }

    private static let isLookedFor =
        "select count(*) from pg_stat_activity where usename = 'copier' and query like 'select last_archived_wal from%'"
    private static let isAwaited =
        "select count(*) from pg_stat_activity where usename = 'copier' and wait_event = 'BackupWaitWalArchive'"

    @Test(
        "without its log counts when that is archived, for which the server is asked, or waits itself where it may not be",
        arguments: [true, false]) func awaitsArchive(_ isLetIn: Bool) throws
    {
        let (place, gate) = try gated()
        defer { _ = try? ChildProcess.shell("rm -f \"$1\"/shut", gate) }
        try place.server.admit("local replication copier trust\nlocal all \(isLetIn ? "all" : "postgres") trust\n")
        let run = try place.begin()
        let (does, doesNot) = isLetIn ? (Self.isLookedFor, Self.isAwaited) : (Self.isAwaited, Self.isLookedFor)
        try waitUntil("nobody waits for the archive") { try place.server.ask("postgres", does) != "0\n" }
        #expect(try place.server.ask("postgres", doesNot) == "0\n")
        #expect(try place.snapshotCount == 0)
        try ChildProcess.shell("rm \"$1\"/shut", gate)
        try run.wait().mustBe(0)
        let stop = try #require(try place.facts(place.restored())["stop_lsn"] as? String)
        let archived = "select last_archived_wal >= pg_walfile_name('\(stop)') from pg_stat_archiver"
        #expect(try place.server.ask("postgres", archived) == "t\n")
    }

    @Test("whose log is not archived is a failed run, and waits for that no longer than it is to") func notArchived()
        throws
    {
        let place = try BaseBackupPlace()
        try place.server.archive(with: "/bin/false")
        try place.change("host: \(place.server.socket), user: postgres, wal: archive, patience: 3s")
        try place.run().mustHaveFailed(13, "database-unreachable", "was not archived within")
        try place.server.admit("local replication postgres trust\n")
        try place.run().mustHaveFailed(13, "database-unreachable", "for its log to be archived")
        #expect(try place.snapshotCount == 0)
    }

    @Test("whose server dies before its log is archived is a failed run and no snapshot") func killedAtTheEnd() throws {
        let (place, gate) = try gated()
        defer { _ = try? ChildProcess.shell("rm -f \"$1\"/shut", gate) }
        let run = try place.begin()
        try waitUntil("nobody looks for the archive") { try place.server.ask("postgres", Self.isLookedFor) != "0\n" }
        try place.server.kill()
        let ended = run.wait()
        try ended.mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(try place.snapshotCount == 0)
    }

    @Test(
        "that the server refuses fails the run, with what to do about it",
        arguments: [
            ("user: weak", 12, "database-denied", "alter role ROLE replication"),
            ("user: stranger", 12, "database-denied", "has no line"),
            ("user: nobody_knows", 12, "database-denied", "pg_hba.conf"),
            ("user: postgres, port: 1", 13, "database-unreachable", "pg_isready"),
        ]) func refused(_ settings: String, _ status: Int32, _ code: String, _ words: String) throws
    {
        let place = try BaseBackupPlace()
        try place.server.tell("postgres", "create role weak login; create role stranger login replication")
        try place.server.admit(
            "local all all trust\nlocal replication weak,postgres,nobody_knows trust\n")
        try place.change("host: \(place.server.socket), \(settings)")
        try place.run().mustHaveFailed(status, code, words)
        #expect(try place.snapshotCount == 0)
    }

    @Test("whose server dies under it is a failed run and no snapshot, and the next one is whole") func killed() throws
    {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        // Its checkpoint takes as long as the server has: it is killed under the backup.
        try place.server.tell("iqhis", "update visits set note = note || '!'")
        try place.change("host: \(place.server.socket), user: postgres, checkpoint: spread")
        let run = try place.begin()
        let asked = "select count(*) from pg_stat_progress_basebackup where phase like 'waiting for checkpoint%'"
        try waitUntil("it waits for the checkpoint") { try place.server.ask("postgres", asked) != "0\n" }
        try place.server.kill()
        let ended = run.wait()
        try ended.mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(try place.snapshotCount == 0)
        try place.server.startAgain()
        try place.change("host: \(place.server.socket), user: postgres")
        try place.run().mustBe(0)
        try place.verify(try place.restored())
    }
}
