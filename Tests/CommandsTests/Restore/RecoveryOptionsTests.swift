import ArgumentParser
import Primitives
import Strategy
import Testing

@testable import Commands

@Suite("The options of a recovery") struct RecoveryOptionsTests {
    private func options(_ words: String...) throws -> RecoveryOptions { try RecoveryOptions.parse(words) }

    @Test("name one target at most; it is the end where none is named") func targets() throws {
        #expect(try options().target == .end && options("--target-end").target == .end)
        #expect(try options("--target-immediate").target == .immediate)
        #expect(try options("--target-xid", "4294967299").target == .transaction(4_294_967_299))
        #expect(try options("--target-name", "x y").target == .name("x y"))
        #expect(try options("--target-lsn", "A/1B").target.words == "position A/1B")
        #expect(try options("--target-time", "2026-11-27 10:00+01").target.words == "2026-11-27T09:00:00Z")
        #expect(throws: Failure.self) { try options("--target-end", "--target-immediate").target }
    }

    @Test(
        "are refused where they mean nothing, with what would",
        arguments: [
            (["--target-time", "2026-11-27 10:00:00"], "'2026-11-27 10:00:00+00'"),
            (["--target-time", "noon"], "2026"),
            (["--target-lsn", "3000148"], "0/3000148"), (["--target-xid", "2"], "pg_current_xact_id"),
            (["--target-xid", "x"], "pg_current_xact_id"), (["--target-name", ""], "pg_create_restore_point"),
        ]) func refused(_ words: [String], _ advice: String) throws
    {
        let options = try RecoveryOptions.parse(words)
        do {
            _ = try options.target
            Issue.record("\(words) were taken")
        } catch let failure as Failure {
            #expect(failure.code == .usage && failure.advice.contains(advice), "\(failure)")
        }
    }

    @Test("make a restore a recovery, each of them") func given() throws {
        #expect(try !options().isGiven)
        for words in [
            ["--target-exclusive"], ["--target-timeline", "2"], ["--target-action", "pause"], ["--in-place"],
            ["--tablespace-mapping", "1=/x"], ["--target-end"],
        ] { #expect(try RecoveryOptions.parse(words).isGiven, "\(words)") }
        #expect(throws: Failure.self) { try options("--target-timeline", "newest").timeline }
        #expect(throws: Failure.self) { try options("--tablespace-mapping", "1=relative").mappings() }
    }
}
