import Foundation
import Testing

/// Large files and dumps of which the host keeps the last version, by the program.
@Suite("What changed in a large file") struct DifferenceTests {
    /// Twelve thousand rows of text without repetition; every hundredth differs from one `version` to the next.
    private func writeTable(_ place: Place, _ version: Int) throws {
        try ChildProcess.shell(
            """
            awk -v version=\(version) 'BEGIN { srand(7); for (n = 0; n < 12000; n++) {
                a = rand() * 1e9; b = rand() * 1e9; c = rand() * 1e9; d = rand() * 1e9
                if (n % 100 == 37) a = a + version * 1013
                printf "%d\\t%d\\t%d\\t%d\\t%d\\tward %d\\tname %d\\n", n, a, b, c, d, n % 20, b % 1000 } }' > "$1/table.sql"
            """, place.source)
    }

    @Test("is stored as the difference, goes into copies, and comes back with Safehold and with restore.py")
    func everyReader() throws {
        let place = try Place()
        try writeTable(place, 0)
        let whole = try place.backup("--delta", place.source)["bytes_stored"]
        for version in 1...2 {
            try writeTable(place, version)
            let stored = try place.backup("--delta", place.source)["bytes_stored"]
            #expect(stored * 4 <= whole, "\(stored) of \(whole)")
        }
        let copy = place.scratch.path + "/copy"
        try ChildProcess.run([program, "replicate", "--to", copy, "--create"], environment: place.writing).mustBe(0)
        try place.verify("--read-data").mustBe(0)
        try ChildProcess.shell("cmp \"$1/table.sql\" \"$2/table.sql\"", place.source, try place.restored())
        var reading = place.reading
        reading["SAFEHOLD_REPOSITORY"] = copy
        try ChildProcess.run(
            [program, "restore", "latest", "--target", place.scratch.path + "/other", "--strip"], environment: reading
        ).mustBe(0)
        try ChildProcess.shell("cmp \"$1/table.sql\" \"$2/other/table.sql\"", place.source, place.scratch.path)
        guard Restorer.isAvailable else {
            LeftOut.say("restoring with restore.py", Restorer.reason)
            return
        }
        let foreign = place.scratch.path + "/foreign"
        try Restorer.restore(place, "latest", to: foreign).mustBe(0)
        try ChildProcess.shell("cmp \"$1/table.sql\" \"$2/table.sql\"", place.source, foreign)
    }
}

@Suite(
    "What changed in a dump",
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct DumpDifferenceTests {
    @Test("is stored as the difference, without being asked for, and the database comes back") func dump() throws {
        let place = try DatabasePlace("globals: no, row-counts: no")
        try place.server.make(
            "iqhis",
            """
            create table visits(id int, a text, b text, c text);
            insert into visits select n, md5(random()::text), md5(random()::text), md5(random()::text)
            from generate_series(1, 20000) n;
            """)
        try place.run().mustBe(0)
        let whole = try place.lastRun()["bytes_stored"]
        try place.server.tell("iqhis", "update visits set b = md5(random()::text) where id % 100 = 3")
        try place.run().mustBe(0)
        let stored = try place.lastRun()["bytes_stored"]
        #expect(stored * 6 <= whole, "\(stored) of \(whole)")

        let question = "select count(*), md5(string_agg(a || b || c, ',' order by id)) from visits"
        let before = try place.server.ask("iqhis", question)
        try place.server.make("copy", "select 1")
        try place.server.restore("copy", from: try place.restored() + "/iqhis.tar")
        #expect(try place.server.ask("copy", question) == before)
    }
}
