import Foundation
import Glibc
import Testing

/// What the daemon tells in numbers of a log that the server hands over itself, with a real server.
@Suite(
    "The numbers of a pushed log", .serialized,
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct WALMetricsTests {
    @Test("say where the server's archive ends, and since when") func pushed() throws {
        let place = try RecoveryPlace()
        let file = place.desk.place.scratch.path + "/safehold.prom"
        try place.desk.write(
            components: """
                database:
                  kind: database
                  schedule: { full: every 6h }
                  base-backup: { host: \(place.server.socket), user: postgres, wal: archive }
                """, more: "  metrics: { textfile: \(file) }")
        func number(_ name: String) -> Double? {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first {
                $0.hasPrefix("safehold_wal_\(name){component=\"database\",kind=\"database\"}")
            }
            return line?.split(separator: " ").last.flatMap { Double($0) }
        }
        /// By the server's own words: the end of the segment that it archived last, and when that was.
        func archived() throws -> (position: Double, time: Double) {
            let row = try place.server.ask(
                "postgres",
                """
                select ('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint * 4294967296
                  + (('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint + 1) * 16777216,
                  extract(epoch from last_archived_time) from pg_stat_archiver
                """
            ).dropLast().split(separator: "|").compactMap { Double($0) }
            try #require(row.count == 2)
            return (row[0], row[1])
        }
        _ = try place.commit(2)
        try place.archiveAll()
        let before = try archived()
        let began = Date().timeIntervalSince1970
        let daemon = try place.begin(["daemon", "--strategy", place.desk.strategyFile], place.desk.environment)
        defer {
            daemon.signal(SIGKILL)
            _ = daemon.wait()
        }
        // Its first base backup has the server archive more. Servers are asked every 30 seconds.
        try waitUntil("there are no numbers of the log") {
            guard let position = number("archived_position_bytes"), position > before.position else { return false }
            return try position == archived().position
        }
        let after = try archived()
        let (time, age) = (try #require(number("archived_time_seconds")), try #require(number("archived_age_seconds")))
        #expect(abs(time - after.time) < 0.01)
        // It is as old as it was when the numbers were taken.
        #expect(age >= 0 && time + age > began && time + age < Date().timeIntervalSince1970 + 1)
        #expect(number("slot_lag_bytes") == nil)
    }
}
