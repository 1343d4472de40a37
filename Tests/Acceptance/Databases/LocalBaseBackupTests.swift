import Foundation
import Testing

/// Base backups whose files are read where they lie (`data-directory`), with a real server (COMP-4, REC-4).
@Suite(
    "A base backup that is read in the data directory", .serialized,
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct LocalBaseBackupTests {
    private static let visits = """
        create table visits(id int primary key, note text);
        insert into visits select n, 'visit ' || n from generate_series(1, 20000) n;
        create unlogged table waiting(n int); insert into waiting select generate_series(1, 1000);
        """

    private static func settings(_ server: ScratchDatabase, _ more: String = "user: postgres") -> String {
        "host: \(server.socket), wal: archive, data-directory: \(server.dataDirectory), \(more)"
    }

    @Test("of a server that is written to recovers to a point, with a tablespace and without what a crash empties")
    func recovers() throws {
        let place = try RecoveryPlace()
        let space = try place.server.folder("space")
        try place.server.tell("ledger", "create tablespace space location '\(space)'")
        try place.server.tell("ledger", "create table far(n int) tablespace space; insert into far values (1), (2)")
        try place.server.tell("ledger", "create unlogged table waiting(n int); insert into waiting values (1)")
        try place.server.tell("ledger", Self.visits.split(separator: "\n").prefix(2).joined())
        try place.desk.write(
            components: """
                database:
                  kind: database
                  schedule: { full: every 6h }
                  base-backup: { \(Self.settings(place.server)) }
                """)
        let writer = try place.server.keepRunning("ledger", "update visits set note = note || '.' where id % 7 = 1")
        defer {
            writer.signal(SIGKILL)
            _ = writer.wait()
        }
        try place.baseBackup()
        let mark = try place.commit(3)
        _ = try place.commit(2)
        try place.archiveAll()
        let (directory, moved) = (place.directory(), place.directory())
        try place.recover(
            to: directory, "--target-lsn", mark.position, "--target-action", "promote", "--tablespace-mapping",
            "\(space)=\(moved)"
        ).mustBe(0)
        let recovered = try ScratchDatabase(recovering: directory)
        defer { recovered.stop() }
        #expect(try recovered.ask("ledger", "select count(*) from entries") == "\(mark.rows)\n")
        #expect(try recovered.ask("ledger", "select count(*) from far") == "2\n")
        #expect(try recovered.ask("ledger", "select count(*) from waiting") == "0\n")
        #expect(try recovered.ask("ledger", "select count(*), min(id), max(id) from visits") == "20000|1|20000\n")
    }

    @Test("is what its manifest says, which PostgreSQL's own tool reads, and the next stores what changed")
    func manifest() throws {
        let place = try BaseBackupPlace(ScratchDatabase(hasChecksums: true))
        try place.server.make("iqhis", Self.visits)
        try place.change(Self.settings(place.server))
        try place.run().mustBe(0)
        let before = try place.lastRun()["bytes_stored"]
        try place.server.tell("iqhis", "update visits set note = 'changed' where id = 7")
        try place.run().mustBe(0)
        let after = try place.lastRun()["bytes_stored"]
        #expect(after > 0 && after < before / 3, "\(before), then \(after)")
        let folder = try place.restored()
        try place.verify(folder, "-n")
        let facts = try place.facts(folder)
        #expect(facts["wal_included"] as? Bool == false && facts["standby"] as? Bool == false)
        #expect(facts["data_checksums"] as? Bool == true)
        for name in ["postmaster.pid", "postmaster.opts"] { #expect(!FileStatus.exists("\(folder)/data/\(name)")) }
        #expect(try FileStatus.files(below: folder + "/data/pg_wal") == [])
        #expect(try FileStatus.files(below: folder + "/data/pg_replslot") == [])
        #expect(
            try String(contentsOfFile: folder + "/data/backup_label", encoding: .utf8).contains("START WAL LOCATION"))
    }

    /// In Latin-1, as somebody's editor may have left it.
    @Test("has a file whose name is no text under the same bytes") func oddName() throws {
        let place = try BaseBackupPlace()
        let make = """
            mkdir "$1"/$(printf 'conf-\\351'); echo notes > "$1"/$(printf 'conf-\\351/caf\\351.txt')
            chown -R 65534:65534 "$1"/conf-*
            """
        try ChildProcess.shell(make, place.server.dataDirectory)
        try place.change(Self.settings(place.server))
        try place.run().mustBe(0)
        let folder = try place.restored()
        try ChildProcess.shell("test \"$(cat \"$1\"/data/$(printf 'conf-\\351/caf\\351.txt'))\" = notes", folder)
        try place.verify(folder, "-n")
        // What the server itself sends of it is the same.
        try place.change("host: \(place.server.socket), user: postgres")
        try place.run().mustBe(0)
        try place.verify(try place.restored())
    }

    @Test("of a server with a damaged page is made, is partial, and names table and block") func damagedPage() throws {
        let place = try BaseBackupPlace(ScratchDatabase(hasChecksums: true))
        try place.server.make("iqhis", Self.visits)
        try place.change(Self.settings(place.server))
        try place.run().mustBe(0)
        try place.expectDamagedPage()
    }

    @Test("is taken from a standby, by a role that may begin and end a backup and nothing else") func standby() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        try place.server.tell(
            "postgres",
            """
            create role copier login;
            grant execute on function pg_backup_start(text, boolean), pg_backup_stop(boolean) to copier;
            """)
        let standby = try place.server.standby()
        try standby.admit("local all all trust\n")
        try place.change(Self.settings(standby, "user: copier"))
        try place.run().mustBe(0)
        let folder = try place.restored()
        #expect(try place.facts(folder)["standby"] as? Bool == true)
        try place.verify(folder, "-n")
    }

    @Test("is refused where the directory is another server's, or nobody may begin a backup, and nothing is kept")
    func refused() throws {
        let place = try BaseBackupPlace()
        let standby = try place.server.standby()
        let other = "host: \(place.server.socket), user: postgres, wal: archive, data-directory: "
        try place.change(other + standby.dataDirectory)
        try place.run().mustHaveFailed(1, "database-misconfigured", "show data_directory")
        try place.change(other + standby.dataDirectory + "-that-is-not-there")
        try place.run().mustHaveFailed(1, "database-misconfigured", "has to be the server's own")
        try place.change(other + place.server.dataDirectory + "/PG_VERSION")
        try place.run().mustHaveFailed(1, "database-misconfigured", "show data_directory")
        try place.server.tell("postgres", "create role weak login")
        try place.change(Self.settings(place.server, "user: weak"))
        try place.run().mustHaveFailed(
            12, "database-denied", "pg_backup_start(text, boolean) and pg_backup_stop(boolean)")
        // What would be missed at the end only.
        try place.server.tell("postgres", "grant execute on function pg_backup_start(text, boolean) to weak")
        try place.run().mustHaveFailed(12, "database-denied", "The role may not call pg_backup_stop(boolean).")
        // There may be room for it later.
        try place.server.tell("postgres", "alter role weak connection limit 0")
        try place.run().mustHaveFailed(13, "database-unreachable", "too many connections")
        #expect(try place.snapshotCount == 0)
    }

    @Test("takes of the links among the tablespaces those that the server knows, and says which it leaves out")
    func strayLinks() throws {
        let place = try BaseBackupPlace()
        let (space, other) = (try place.server.folder("space"), try place.server.folder("other"))
        try place.server.tell("postgres", "create tablespace space location '\(space)'")
        try place.server.tell("postgres", "create table far(n int) tablespace space; insert into far values (1)")
        try ChildProcess.shell(
            "mkdir \"$1\"/PG_15_1; echo secret > \"$1\"/PG_15_1/file; ln -s \"$1\" \"$2\"/pg_tblspc/99999", other,
            place.server.dataDirectory)
        try place.change(Self.settings(place.server))
        try place.run().mustBe(0)
        let log = try place.lastLog()
        #expect(log.contains("pg_tblspc/99999 is left out: the server has no tablespace of that number"), "\(log)")
        let folder = try place.restored()
        #expect(!FileStatus.exists(folder + "/tablespaces/99999"))
        #expect(try ChildProcess.run(["test", "-L", folder + "/data/pg_tblspc/99999"]).status == 1)
        #expect(try FileStatus.files(below: folder + "/tablespaces").count == 1)
        try place.verify(folder, "-n")
    }

    @Test("of a standby that is promoted under it is tried again, for the server cannot be reached as it was")
    func promoted() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        let standby = try place.server.standby()
        let big = "\(standby.dataDirectory)/filler"
        // What takes a while to be read.
        try ChildProcess.shell("head -c 100M /dev/urandom > \"$1\"; chown 65534:65534 \"$1\"", big)
        try place.change(Self.settings(standby))
        let run = try place.begin()
        let begun =
            "select count(*) from pg_stat_activity where query like '%pg_tablespace%' and pid <> pg_backend_pid()"
        for _ in 0..<3000 {
            guard try standby.ask("postgres", begun) == "0\n" else { break }
            usleep(2_000)
        }
        _ = try standby.ask("postgres", "select pg_promote()")
        let ended = run.wait()
        try ended.mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(try ended.failedRun().text("message").contains("became a primary"), ended.said)
        #expect(try place.snapshotCount == 0)
    }

    @Test("whose log is not archived is a failed run, and waits for that no longer than it is to") func notArchived()
        throws
    {
        let place = try BaseBackupPlace()
        try place.server.archive(with: "/bin/false")
        try place.change(Self.settings(place.server, "user: postgres, patience: 3s"))
        let ended = try place.run().mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(ended.said.description.contains("was not archived within"), ended.said)
        #expect(try place.snapshotCount == 0)
        try place.server.archive(with: "/bin/true")
        try place.run().mustBe(0)
    }

    @Test("whose server dies under it is a failed run and no snapshot") func killed() throws {
        let place = try BaseBackupPlace()
        try place.server.make("iqhis", Self.visits)
        try place.server.tell("iqhis", "update visits set note = note || '!'")
        try place.change(Self.settings(place.server, "user: postgres, checkpoint: spread"))
        let run = try place.begin()
        let asked =
            "select count(*) from pg_stat_activity where query like '%pg_backup_start%' and state = 'active' and pid <> pg_backend_pid()"
        for _ in 0..<600 {
            guard try place.server.ask("postgres", asked) == "0\n" else { break }
            usleep(20_000)
        }
        try place.server.kill()
        let ended = run.wait()
        try ended.mustBe(13)
        #expect(try ended.failedRun().text("code") == "database-unreachable", ended.said)
        #expect(try place.snapshotCount == 0)
    }
}
