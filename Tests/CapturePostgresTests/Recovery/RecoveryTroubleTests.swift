import Capture
import Testing

@testable import CapturePostgres

@Suite("What a server that could not recover says") struct RecoveryTroubleTests {
    private static let head = "2026-11-27 10:00:00.000 UTC [7] "

    private var trial = RecoveryTrial(dataDirectory: "/x", folder: "/y", major: 15, programs: nil, hasTarget: true)

    private func failure(_ lines: String...) -> (message: String, advice: String) {
        let failure = RecoveryTrouble.ended(trial, saying: lines.map { Self.head + $0 + "\n" }.joined())
        return (failure.message, failure.advice)
    }

    private static let end = "FATAL:  recovery ended before configured recovery target was reached"

    @Test("names the last point of the archive where that is before the target, and how to come to it") func early() {
        let found = failure(
            "LOG:  redo done at 0/3000148 system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.01 s",
            "LOG:  last completed transaction was at log time 2026-11-27 09:59:58.123456+00", Self.end)
        #expect(
            found.message
                == "What is archived ends at position 0/3000148, before the target. The last transaction in it ended at 2026-11-27 09:59:58.123456+00. It said: FATAL:  recovery ended before configured recovery target was reached"
        )
        #expect(
            found.advice
                == "Recover all that is archived with --target-end, or to a time before 2026-11-27 09:59:58.123456+00. What the server has since can be archived first: select pg_switch_wal()."
        )
    }

    @Test("does not take a name or a transaction for later than the archive: it may be before the base backup")
    mutating func either() {
        trial.mayTargetLieBefore = true
        let found = failure("LOG:  redo done at 0/3000148 system usage: CPU: user: 0.00 s", Self.end)
        #expect(
            found.message
                == "The target is not in what is archived behind the base backup, which ends at position 0/3000148. It said: FATAL:  recovery ended before configured recovery target was reached"
        )
        #expect(
            found.advice
                == "If it is earlier than the base backup, choose an earlier one with --at TIME. If it is later than what is archived, have the server archive what it has: select pg_switch_wal()."
        )
        #expect(!failure(Self.end).message.contains("position"))
    }

    @Test("says so where nothing happened behind the base backup") func nothing() {
        let found = failure(Self.end)
        #expect(found.message.hasPrefix("What is archived ends before the target. No transaction ended in it behind"))
        #expect(!found.advice.contains("to a time before"))
    }
}
