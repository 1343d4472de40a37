import Foundation
import Glibc
import Testing

/// `wal push`, `wal get` and `wal check` as a server and its administrator use them (COMP-4, REC-4).
@Suite("A server's write-ahead log")
struct WALArchiveTests {
    /// Segments of 1 MiB that no server made, in a directory that looks like a server's.
    private struct Desk {
        let place: Place
        let data: String

        init() throws {
            place = try Place()
            data = try place.scratch.folder("data")
            try ChildProcess.shell("mkdir -p pg_wal/archive_status", directory: data)
        }

        func name(_ number: Int) -> String {
            let digits = String(number, radix: 16, uppercase: true)
            return "0000000100000000" + String(repeating: "0", count: 8 - digits.count) + digits
        }

        func write(_ number: Int, system: UInt64 = 7_300_000_000_000_000_001, noise: UInt8 = 0) throws {
            func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
                withUnsafeBytes(of: number.littleEndian) { Array($0) }
            }
            let head =
                little(UInt16(0xD110)) + little(UInt16(2)) + little(UInt32(1)) + little(UInt64(number) << 20)
                + little(UInt64(0)) + little(system) + little(UInt32(1 << 20)) + little(UInt32(8192))
            let rest = [UInt8](repeating: UInt8(truncatingIfNeeded: number) ^ noise, count: (1 << 20) - head.count)
            try Data(head + rest).write(to: URL(filePath: "\(data)/pg_wal/\(name(number))"))
        }

        func push(_ number: Int, _ words: String...) throws -> Ended {
            try ChildProcess.run(
                [program, "wal", "push", "--json", "--component", "cluster", "pg_wal/\(name(number))"] + words,
                environment: place.writing, directory: data)
        }

        func get(_ name: String, _ words: String..., change: [String: String] = [:]) throws -> Ended {
            try ChildProcess.run(
                [program, "wal", "get", "--json", "--component", "cluster", name, "pg_wal/RECOVERYXLOG"] + words,
                environment: place.reading.merging(change) { $1 }, directory: data)
        }

        func check(_ words: String...) throws -> Ended {
            try ChildProcess.run(
                [program, "wal", "check", "cluster", "--json"] + words, environment: place.reading)
        }

        /// Whether what came is the segment.
        func isSame(_ number: Int) throws -> Bool {
            try ChildProcess.run(["cmp", "pg_wal/RECOVERYXLOG", "pg_wal/\(name(number))"], directory: data).status == 0
        }
    }

    @Test("is refused where it does not fit, and stored once where it does") func refused() throws {
        let desk = try Desk()
        try desk.write(3)
        let stored = try desk.push(3).mustBe(0).summary()
        #expect(stored.fields["stored"] as? [String] == [desk.name(3)])
        let again = try desk.push(3).mustBe(0).summary()
        #expect(again.fields["stored"] as? [String] == [] && again.snapshot == "")
        try desk.write(3, noise: 1)
        #expect(try desk.push(3).mustBe(1).error().text("code") == "wal-conflict")
        try desk.write(4, system: 5)
        #expect(try desk.push(4).mustBe(1).error().text("code") == "wal-foreign")
        #expect(try desk.push(9).mustBe(10).error().text("code") == "source-missing")
        // It is no backup: nothing that looks for one finds it.
        #expect(try desk.place.snapshots().isEmpty)
        #expect(try desk.place.read("restore", "latest", "--target", desk.data + "/x", "--json").status == 10)
        let listed = try desk.place.read("snapshots", "--tag", "wal", "--json").mustBe(0).lines()
        #expect(listed.map { $0.text("component") } == ["cluster/wal"])
    }

    @Test("that says that there is nothing more says it with a status of its own; trouble never looks like that")
    func statuses() throws {
        let desk = try Desk()
        try desk.write(3)
        try desk.push(3).mustBe(0)
        try desk.get(desk.name(3)).mustBe(0)
        #expect(try desk.isSame(3))
        #expect(try desk.get(desk.name(4)).mustBe(1).summary().text("outcome") == "absent")
        try desk.get("00000002.history").mustBe(1)
        // What a server takes for trouble, and stops.
        #expect(try desk.get("nonsense").mustBe(202).error().text("code") == "usage")
        try desk.get(desk.name(3), "--nonsense").mustBe(202)
        try desk.get(desk.name(3), change: ["SAFEHOLD_RECIPIENT_FILE": ""]).mustBe(212)
        try desk.get(desk.name(3), change: ["SAFEHOLD_REPOSITORY": desk.data]).mustBe(210)
        try desk.get(desk.name(3), "--system", "5").mustBe(201)
        let other = [program, "wal", "get", "--component", "other", desk.name(3), "pg_wal/x"]
        try ChildProcess.run(other, environment: desk.place.reading, directory: desk.data).mustBe(210)
        try ChildProcess.shell("rm -r \"$1\"/pg_wal", desk.data)
        try desk.get(desk.name(3)).mustBe(201)
    }

    @Test("comes back right after its getting was killed at any moment") func killed() throws {
        let desk = try Desk()
        for number in 1...9 { try desk.write(number) }
        try ChildProcess.shell(
            "for f in pg_wal/0*; do : > pg_wal/archive_status/${f##*/}.ready; done", directory: desk.data)
        #expect(try (desk.push(1).mustBe(0).summary().fields["stored"] as? [String])?.count == 9)
        let spool = desk.place.scratch.path + "/spool"
        for (round, number) in [1, 1, 1, 1].enumerated() {
            let words = [program, "wal", "get", "--component", "cluster", "--spool", spool, desk.name(number)]
            let process = try ChildProcess(
                (words + ["pg_wal/RECOVERYXLOG"]).map(\.bytes), environment: desk.place.reading, directory: desk.data)
            _ = process.ends(within: Int32(40 + round * 150))
            process.signal(SIGKILL)
            _ = process.wait()
            if access(desk.data + "/pg_wal/RECOVERYXLOG", F_OK) == 0 { #expect(try desk.isSame(number)) }
        }
        for number in 1...9 {
            try desk.get(desk.name(number), "--spool", spool).mustBe(0)
            #expect(try desk.isSame(number))
        }
        #expect(try FileStatus.files(below: spool).filter { $0.contains(".new") || $0.contains("00000001") } == [])
    }

    @Test("goes on without a spool that cannot be written") func withoutSpool() throws {
        let desk = try Desk()
        try desk.write(3)
        try desk.push(3).mustBe(0)
        let ended = try desk.get(desk.name(3), "--spool", "/proc/nowhere").mustBe(0)
        #expect(try ended.lines().first?.type == "warning")
        #expect(try desk.isSame(3))
    }

    @Test("with a gap is not whole, and the gap is named") func gap() throws {
        let desk = try Desk()
        for number in [1, 2, 5] {
            try desk.write(number)
            try desk.push(number).mustBe(0)
        }
        let ended = try desk.check().mustBe(11)
        let finding = try #require(try ended.lines().first { $0.type == "finding" })
        #expect(finding.text("code") == "wal-gap")
        #expect(finding.text("message").contains("\(desk.name(3)) to \(desk.name(4))"), ended.said)
        #expect(try ended.summary()["segments"] == 3)
        for number in [3, 4] {
            try desk.write(number)
            try desk.push(number).mustBe(0)
        }
        let whole = try desk.check().mustBe(0)
        #expect(try whole.lines().first { $0.type == "wal-timeline" }?.text("last") == desk.name(5))
    }

    @Test(
        "of a real server is in the archive when the server was told so, through kills and a repository that is away",
        .enabled(if: isRoot && ScratchDatabase.isAvailable, "PostgreSQL, setpriv and root are needed"))
    func server() throws {
        let place = try RecoveryPlace()
        let writer = try place.server.keepRunning(
            "ledger",
            "insert into entries select from generate_series(1, 200); select pg_switch_wal(); select pg_sleep(1)")
        try place.killPush()
        try place.takeRepositoryAway()
        try place.server.kill()
        try place.server.startAgain()
        writer.signal(SIGTERM)
        _ = writer.wait()
        _ = try place.server.ask("postgres", "select pg_switch_wal()")
        try place.awaitFailedPush()
        try place.bringRepositoryBack()
        // What wakes the archiver.
        try place.server.tell("ledger", "insert into entries default values")
        try place.archiveAll()
        let done = try ChildProcess.shell(
            "printf %s \"$(ls archive_status | grep -E '^[0-9A-F]{24}.done$' | tail -n 1 | cut -c1-24)\"",
            directory: place.server.dataDirectory + "/pg_wal")
        try ChildProcess.run(
            [program, "wal", "check", "database"], environment: place.desk.place.reading
        ).mustBe(0)
        let target = place.desk.place.scratch.path + "/segment"
        try ChildProcess.run(
            [program, "wal", "get", "--component", "database", done, target], environment: place.desk.place.reading,
            directory: place.server.dataDirectory
        ).mustBe(0)
        try ChildProcess.run(["cmp", target, "\(place.server.dataDirectory)/pg_wal/\(done)"]).mustBe(0)
    }
}
