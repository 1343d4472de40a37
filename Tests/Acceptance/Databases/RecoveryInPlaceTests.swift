import Foundation
import Testing

/// A data directory that is recovered in place, with log in it that nobody archived (COMP-4, REC-4), with real servers.
@Suite(
    "A server that is recovered in place", .serialized,
    .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
struct RecoveryInPlaceTests {
    /// Such log the server takes from there by itself: `wal get` does not see it.
    @Test(
        "does not touch what lies where log that was not archived makes a tablespace, whether the base backup has log or not",
        arguments: ["include", "archive"])
    func tablespace(_ log: String) throws {
        let place = try RecoveryPlace()
        try place.desk.write(
            components: """
                database:
                  kind: database
                  schedule: { full: every 6h }
                  base-backup: { host: \(place.server.socket), user: postgres, wal: \(log) }
                """)
        try place.baseBackup()
        _ = try place.commit(2)
        try place.archiveAll()
        try place.server.archive(with: "/bin/false")
        let space = try place.server.folder("space")
        try place.server.tell("ledger", "create tablespace later location '\(space)'")
        try place.server.tell("ledger", "create table far(n int) tablespace later; insert into far values (1), (2)")
        let last = try place.commit(2)
        try place.server.stopInOrder()
        func content() throws -> String {
            try ChildProcess.shell("cd \"$1\"; find . -type f -print0 | sort -z | xargs -0 sha256sum", space)
        }
        let before = try content()
        func recover() throws -> Ended {
            try place.recover(
                to: place.server.dataDirectory, "--in-place", "--target-end", "--target-action", "promote")
        }
        let refused = try recover().mustBe(1).error()
        #expect(refused.text("code") == "target-unusable", "\(refused)")
        #expect(refused.text("message").contains("in \(space), and PG_"), "\(refused)")
        #expect(try content() == before)
        #expect(!FileStatus.exists(place.server.dataDirectory + "/global/pg_control"))
        // What is there is what is left of this server; it makes it anew.
        try ChildProcess.shell("mv \"$1\" \"$1.away\"; mkdir -m 700 \"$1\"; chown 65534:65534 \"$1\"", space)
        let warnings = try recover().mustBe(0).lines().filter { $0.type == "warning" }
        #expect(warnings.contains { $0.text("message").contains("for the server to recover") }, "\(warnings)")
        let recovered = try ScratchDatabase(recovering: place.server.dataDirectory)
        defer { recovered.stop() }
        #expect(try recovered.ask("ledger", "select count(*) from entries") == "\(last.rows)\n")
        #expect(try recovered.ask("ledger", "select count(*) from far") == "2\n")
    }
}
