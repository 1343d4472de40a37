import Foundation
import Glibc
import TestSupport
import Testing

/// Recovery to any time of a server that works throughout and is not spared (COMP-4, REC-4).
@Suite(
    "A bank's ledger",
    .enabled(if: LedgerPlace.isAvailable, "PostgreSQL with pgbench, setpriv and root are needed"))
struct LedgerTests {
    @Test(
        "is at random times what had been committed by then, through kills of server and push and a repository that is away"
    )
    func randomTimes() throws {
        let place = try LedgerPlace()
        try place.open()
        try place.recovery.baseBackup()
        let begin = try place.now()
        try trouble(place)
        let told = try place.close()
        try place.recovery.archiveAll()
        try ChildProcess.run(
            [program, "wal", "check", "database"], environment: place.recovery.desk.place.reading
        ).mustBe(0)

        let entries = try place.entries()
        let end = try #require(entries.map(\.committed).max())
        #expect(Set(told.keys).isSubset(of: entries.map(\.id)), "the crash cost what was committed")
        #expect(told.count > 10 && entries.count > told.count + 20, "\(told.count) of \(entries.count)")
        let count = Soak.count(2, full: 10)
        let part = (end - begin) / count
        try #require(part > 0)
        var random = SeededGenerator(seed: 15)
        var directory = ""
        for number in 0..<count {
            // Another part of the time for each.
            let target = begin + number * part + Int.random(in: 0..<part, using: &random)
            let isInPlace = number % 2 == 1
            if !isInPlace { directory = place.recovery.directory() }
            try recover(place, to: try place.time(target), in: directory, isInPlace)
            let found = try place.recovered(in: directory)
            let later = found.subtracting(entries.filter { $0.committed <= target }.map(\.id))
            let missing = known(by: target, entries, told).subtracting(found)
            let facts: Comment = "number \(number), \(target) between \(begin) and \(end), of \(entries.count) rows"
            #expect(later.isEmpty, facts)
            #expect(missing.isEmpty, facts)
        }
    }

    /// One push is killed, then the repository is away, and the server crashes before it is back. The work goes on.
    private func trouble(_ place: LedgerPlace) throws {
        let next = "select pg_switch_wal()"
        try place.recovery.killPush()
        try place.recovery.takeRepositoryAway()
        _ = try place.server.ask("postgres", next)
        usleep(500_000)
        try place.server.kill()
        try place.server.startAgain()
        _ = try place.server.ask("postgres", next)
        try place.recovery.awaitFailedPush()
        try place.recovery.bringRepositoryBack()
        usleep(2_000_000)
    }

    private func recover(_ place: LedgerPlace, to time: String, in directory: String, _ isInPlace: Bool) throws {
        let words = ["restore", "database", "--to", directory, "--target-time", time, "--target-action", "promote"]
        try place.recovery.run(words + (isInPlace ? ["--in-place"] : []), place.recovery.desk.place.reading).mustBe(0)
    }

    /// Rows of which somebody knew at a time that they are committed: who was told so, and who wrote another one in the same session.
    ///
    /// Of the last one of each session at that time nobody knew yet: two commits that come at once may stand in the log in another order than their
    /// times have, and a server stops at the first one that is later than the target. A second is longer than that takes.
    private func known(by time: Int, _ entries: [LedgerPlace.Entry], _ told: [Int: Int]) -> Set<Int> {
        var known = Set(told.filter { $0.value <= time }.keys)
        var newest: [Int: Int] = [:]
        for entry in entries where entry.written <= time {
            if let before = newest.updateValue(entry.id, forKey: entry.session) { known.insert(before) }
            if entry.committed + 1_000_000 <= time { known.insert(entry.id) }
        }
        return known
    }
}
