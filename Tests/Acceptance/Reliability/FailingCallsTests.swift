import Glibc
import TestSupport
import Testing

/// Every call that changes a file system fails once, in turn, and from one on all of them: clear words, the right class, no damage.
@Suite(.enabled(if: Faults.isAvailable, Faults.reason)) struct FailingCallsTests {
    private func filledPlace() throws -> Place {
        let place = try Place()
        try ChildProcess.shell(
            "mkdir d; head -c 300000 /dev/urandom > large; for i in 1 2 3; do echo $i > d/f$i; done",
            directory: place.source)
        return place
    }

    @Test("A backup", arguments: [EIO, ENOSPC, EACCES, EROFS]) func backup(error: Int32) throws {
        let place = try filledPlace()
        let words = [program, "backup", "--json", place.source]
        let calls = try Faults.count(words, place.writing)
        try #require(calls > 20)
        let step = Soak.isOn ? 1 : 9
        var failed = 0
        for call in stride(from: 1 + Int(error) % step, through: calls, by: step) {
            try ChildProcess.shell("head -c 20000 /dev/urandom > d/f2", directory: place.source)
            let ended = try ChildProcess.run(
                words,
                environment: place.writing.merging(try Faults.at(call, error: error, stays: call.isMultiple(of: 2))) {
                    $1
                })
            if ended.status == 0 { continue }
            failed += 1
            try expectClear(ended, error, "call \(call) of \(calls)")
            let verified = try place.verify()
            #expect(verified.status == 0, "call \(call): \(verified.said)")
        }
        #expect(failed > 0)
        try place.backup()
        try place.verify("--read-data").mustBe(0)
        #expect(try FileStatus.files(below: place.repository + "/tmp") == [])
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test("A restore", arguments: [EIO, ENOSPC, EACCES]) func restore(error: Int32) throws {
        let place = try filledPlace()
        try place.backup()
        func words(_ target: String) -> [String] {
            [program, "restore", "latest", "--json", "--strip", "--target", target]
        }
        let calls = try Faults.count(words(place.scratch.path + "/whole"), place.reading)
        var failed = 0
        defer { #expect(failed > 0) }
        for call in stride(from: 1 + Int(error) % 3, through: calls, by: Soak.isOn ? 1 : 5) {
            let target = place.scratch.path + "/target-\(call)"
            let ended = try ChildProcess.run(
                words(target),
                environment: place.reading.merging(try Faults.at(call, error: error, stays: call.isMultiple(of: 2))) {
                    $1
                })
            if ended.status == 0 {
                // What was only to be tidied up: all is there.
                try Comparison.expectSame(place.source, target, "call \(call)")
            } else {
                failed += 1
                if ended.status != 3 { try expectClear(ended, error, "call \(call) of \(calls)") }
            }
            let again = try ChildProcess.run(words(target), environment: place.reading)
            #expect(again.status == 0, "call \(call): \(again.said)")
            try Comparison.expectSame(place.source, target, "call \(call)")
        }
    }

    /// Never a signal, never an internal error; one line that says what, and one that says what to do.
    private func expectClear(_ ended: Ended, _ number: Int32, _ when: Comment) throws {
        let permitted: [Int32] =
            switch number {
            case ENOSPC: [13]
            case EIO: [1, 13]
            default: [1, 12]
            }
        #expect(permitted.contains(ended.status ?? -1), "\(when): \(ended.said)")
        let error = try ended.error()
        #expect(
            !error.text("message").isEmpty && !error.text("advice").isEmpty && error.text("code") != "internal-error",
            "\(when): \(ended.said)")
        #expect(error.text("message").contains(String(cString: strerror(number))), "\(when): \(ended.said)")
    }
}
