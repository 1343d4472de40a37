import Foundation
import Testing

/// Pages of PostgreSQL that went bad (EMG-3, docs/emergency.md), with a real server.
@Suite(
    "Corrupted pages", .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct CorruptedPagesTests {
    /// The newest.
    private static func snapshot(_ place: RecoveryPlace) throws -> String {
        let runs = try place.run(["runs", "--json", "--component", "database"], place.desk.environment).mustBe(0)
        return try #require(try runs.lines().last { $0.type == "run" }).text("snapshot")
    }

    /// As a disk does it, while the server is down.
    private static func damage(_ place: RecoveryPlace, block: Int) throws {
        let path = try place.server.ask("ledger", "select pg_relation_filepath('filler')").dropLast()
        // Its log has no image of the page to put over it.
        try place.server.tell("postgres", "checkpoint")
        place.server.stop()
        try place.server.overwrite(String(path), at: block * 8192 + 4000)
        try place.server.startAgain()
        try place.run(["run", "--json", "--strategy", place.desk.strategyFile], place.desk.environment).mustBe(3)
        usleep(1_100_000)
    }

    @Test("are named by block with the last base backup that has them whole, and all is recovered from there")
    func whole() throws {
        let place = try RecoveryPlace(on: ScratchDatabase(hasChecksums: true))
        try place.server.make(
            "ledger",
            "create table entries(id serial primary key, at timestamptz default clock_timestamp()); create table filler as select n, repeat('x', 500) from generate_series(1, 1000) n"
        )
        try place.baseBackup()
        _ = try place.commit(3)
        try place.baseBackup()
        var ids = [try Self.snapshot(place)]
        for block in [5, 9] {
            try Self.damage(place, block: block)
            ids.append(try Self.snapshot(place))
        }
        let rows = try place.commit(2).rows
        try place.archiveAll()

        let scope = try place.run(["emergency", "scope", "database", "--json"], place.desk.place.reading).mustBe(11)
        let found = try scope.lines().filter { $0.type == "corruption" }
        #expect(found.map { $0.text("part") } == ["block 5", "block 9"], scope.said)
        #expect(found.map { $0.text("last_valid") } == [ids[0], ids[1]], scope.said)
        #expect(found.map { $0.text("since") } == [ids[1], ids[2]], scope.said)

        let target = place.directory()
        let start = ["emergency", "start", "corruption", "database", "--cause", "rows cannot be read"]
        try place.run(start, place.desk.place.reading).mustBe(0)
        for words in [[], ["--note", "as it says"], [], ["--target", target], [], []] {
            try place.run(["emergency", "next"] + words, place.desk.place.reading).mustBe(0)
        }
        #expect(try place.ledger(in: target + "/database") == rows)
    }
}
