import CLinux
import Foundation
import Glibc
import TestSupport
import Testing

/// kill -9 at any moment: what was committed stays, the next run finishes, nothing has to be cleaned up by hand.
@Suite(.enabled(if: Faults.isAvailable, Faults.reason)) struct KillTests {
    private static let kills = Soak.isOn ? 200 : 12

    /// A moment of a run: at one of its calls that change a file system, or after a time.
    private enum Moment { case call(Int), milliseconds(Int32) }

    private func run(_ words: [String], _ environment: [String: String], until moment: Moment) throws -> Ended {
        switch moment {
        case .call(let call):
            return try ChildProcess.run(words, environment: environment.merging(try Faults.killing(at: call)) { $1 })
        case .milliseconds(let time):
            let process = try ChildProcess(words.map(\.bytes), environment: environment)
            if !process.ends(within: time) { process.signal(SIGKILL) }
            return process.wait()
        }
    }

    private func moments(_ count: Int, calls: Int, milliseconds: Int, seed: UInt64) -> [Moment] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { n in
            n % 4 == 3
                ? .milliseconds(Int32.random(in: 1...Int32(max(2, milliseconds)), using: &random))
                : .call(1 + (n * calls + Int.random(in: 0..<calls, using: &random)) / count)
        }
    }

    @Test("A killed backup harms nothing, and the next one needs what it finished only once") func backup() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        var random = SeededGenerator(seed: 11)
        for i in 0..<40 { try builder.file("small-\(i)".bytes, random.bytes(700 * i)) }
        for i in 0..<3 { try builder.file("large-\(i)".bytes, random.bytes(300_000)) }
        let words = [program, "backup", "--json", place.source]
        let began = Date()
        let calls = try Faults.count(words, place.writing)
        let milliseconds = Int(Date().timeIntervalSince(began) * 1000)
        var snapshots = 1
        var finished: Set<String> = [], killed = 0

        for (round, moment) in moments(Self.kills, calls: calls, milliseconds: milliseconds, seed: 12).enumerated() {
            let added = random.bytes(200_000)
            try builder.file("round-\(round)".bytes, added)
            let ended = try run(words, place.writing, until: moment)
            #expect(ended.way == .signal(SIGKILL) || ended.status == 0, ended.said)
            if ended.way == .signal(SIGKILL) { killed += 1 }
            let before = try place.snapshots()
            #expect(before.count == snapshots || before.count == snapshots + 1, "a snapshot was lost, \(moment)")
            try expectClean(place, "\(moment)")
            let grown = try ChildProcess.shell("du -sb \"$1\" | cut -f1", place.repository)
            // The next run finishes, and of what was whole already nothing is stored again.
            let summary = try place.backup()
            snapshots = before.count + 1
            #expect(try place.snapshots().count == snapshots)
            #expect(summary["bytes_stored"] < 500_000, "\(moment): \(summary.fields), was \(grown)")
            finished.insert(summary.snapshot)
            try expectNothingLeft(place, "\(moment)")
        }
        #expect(killed > Self.kills / 2, "too few of the runs were killed before their end")
        try place.verify("--read-data").mustBe(0)
        for snapshot in try place.snapshots().suffix(Soak.isOn ? 400 : 3) {
            _ = try place.restored(snapshot.text("id"), "--verify")
        }
        try Comparison.expectSame(place.source, try place.restored())
    }

    private func expectClean(_ place: Place, _ moment: Comment) throws {
        let ended = try place.verify()
        #expect(ended.status == 0, "\(moment) \(ended.said)")
    }

    /// No temporary file in the repository or in the host's state.
    private func expectNothingLeft(_ place: Place, _ moment: Comment) throws {
        #expect(try FileStatus.files(below: place.repository + "/tmp") == [], moment)
        // What the audit log says of it, AuditTests look at.
        let state = try FileStatus.files(below: place.home).filter { !$0.hasPrefix("audit") }.map {
            $0.drop { $0 != "/" }
        }
        let known = state.filter {
            ["/identity", "/known", "/tip"].contains($0)
                || (["/listings/", "/signals/"].contains(where: $0.hasPrefix) && !$0.contains("."))
        }
        #expect(state == known, moment)
    }

    @Test("A killed restore is completed by running it again") func restore() throws {
        let place = try Place()
        _ = try RandomTree(seed: 21, at: place.source, count: 120)
        let builder = try TreeBuilder(place.source)
        var random = SeededGenerator(seed: 22)
        try builder.file("large".bytes, random.bytes(3_000_000))
        try place.backup()
        func words(_ target: String) -> [String] {
            [program, "restore", "latest", "--json", "--strip", "--target", target]
        }
        let began = Date()
        let calls = try Faults.count(words(place.scratch.path + "/whole"), place.reading)
        let milliseconds = Int(Date().timeIntervalSince(began) * 1000)

        var killed = 0
        for (round, moment) in moments(Self.kills, calls: calls, milliseconds: milliseconds, seed: 23).enumerated() {
            let target = place.scratch.path + "/target-\(round)"
            let ended = try run(words(target), place.reading, until: moment)
            #expect(ended.way == .signal(SIGKILL) || ended.status == 0, ended.said)
            if ended.way == .signal(SIGKILL) { killed += 1 }
            let again = try ChildProcess.run(words(target), environment: place.reading)
            #expect(again.status == 0, "\(moment) \(again.said)")
            try Comparison.expectSame(place.source, target, "\(moment)")
            try ChildProcess.shell("rm -rf \"$1\"", target)
        }
        #expect(killed > Self.kills / 2, "too few of the runs were killed before their end")
    }

    @Test("An interrupt ends a run with 130 and leaves it to be continued", arguments: [SIGINT, SIGTERM])
    func interrupt(signal: Int32) throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        var random = SeededGenerator(seed: 31)
        for i in 0..<20 { try builder.file("file-\(i)".bytes, random.bytes(1_000_000)) }
        let process = try ChildProcess(
            [program, "backup", "--json", place.source].map(\.bytes), environment: place.writing)
        // The session's journal is there once the run is at work.
        while try FileStatus.files(below: place.home).allSatisfy({ !$0.contains("/journals/") }),
            !process.ends(within: 1)
        {}
        process.signal(signal)
        let ended = process.wait()
        #expect(ended.status == 130, ended.said)
        #expect(try ended.error().text("code") == "interrupted")
        try place.backup()
        try expectNothingLeft(place, "after an interrupt")
        try Comparison.expectSame(place.source, try place.restored())
    }
}
