import Foundation
import Glibc
import TestSupport
import Testing

/// Bit rot, scratches and lost files on a medium: found, named, and mended as far as parity reaches.
@Suite(.serialized, .enabled(if: Mount.isPossible, Mount.reason)) struct MediumDamageTests {
    private func copied(_ kind: MediumDesk.FileSystem = .memory) throws -> MediumDesk? {
        guard let desk = try MediumDesk(kind) else { return nil }
        try desk.media("copy", desk.path).mustBe(0)
        return desk
    }

    /// Ways to be damaged within the power of a sixteenth.
    enum Damage: String, CaseIterable, Sendable {
        case flippedByte, zeroes, truncated, deletedSmall, grown, scattered, parity, table, everythingAtOnce
    }

    /// Damages, and returns what a check must name.
    private func inflict(_ damage: Damage, _ desk: MediumDesk) throws -> Set<String> {
        let pack = "packs/" + (try desk.largest("packs"))
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: desk.path + "/" + pack)[.size] as? UInt64)
        let sidecar = ".safehold-medium/parity/0000000001"
        switch damage {
        case .flippedByte:
            try desk.overwrite(pack, at: 123_456, with: [try byte(desk.path + "/" + pack, 123_456) ^ 1])
        case .zeroes: try desk.overwrite(pack, at: 777_777, with: [UInt8](repeating: 0, count: 200_000))
        case .truncated:
            try ChildProcess.shell("truncate -s \"$1\" \"$2\"", "\(size - 150_000)", desk.path + "/" + pack)
        case .grown: try ChildProcess.shell("echo more >> \"$1\"", desk.path + "/" + pack)
        case .deletedSmall:
            let commit = "commits/" + (try desk.largest("commits"))
            let keys = try FileStatus.files(below: desk.path + "/keys/recipients").map { "keys/recipients/" + $0 }
            for file in [commit, "FORMAT"] + keys { try ChildProcess.shell("rm \"$1\"", desk.path + "/" + file) }
            return Set([commit, "FORMAT"] + keys)
        case .scattered:
            var random = SeededGenerator(seed: 4)
            for _ in 0..<7 {
                try desk.overwrite(pack, at: UInt64.random(in: 0..<size - 40, using: &random), with: random.bytes(40))
            }
        case .parity:
            try desk.overwrite(sidecar + ".parity", at: 90_000, with: [UInt8](repeating: 7, count: 50_000))
            return [sidecar + ".parity"]
        case .table:
            try ChildProcess.shell("rm \"$1\"", desk.path + "/" + sidecar + ".table")
            return [sidecar + ".parity"]
        case .everythingAtOnce:
            // Each a little: of fifteen or so blocks of parity a part is gone as well.
            try desk.overwrite(sidecar + ".parity", at: 200_000, with: [0, 1, 2, 3])
            try desk.overwrite(pack, at: 1_000_000, with: [UInt8](repeating: 0, count: 90_000))
            return Set([pack, sidecar + ".parity"]).union(try inflict(.deletedSmall, desk))
        }
        return [pack]
    }

    private func byte(_ path: String, _ offset: Int) throws -> UInt8 {
        try #require(try Data(contentsOf: URL(filePath: path)).dropFirst(offset).first)
    }

    @Test("Damage within the power of parity is named, and mended to the last byte", arguments: Damage.allCases)
    func mended(_ damage: Damage) throws {
        let desk = try #require(try copied())
        let before = try desk.contents()
        let harmed = try inflict(damage, desk)
        #expect(try desk.contents() != before)
        let checked = try desk.media("check", desk.path).mustBe(11)
        #expect(try MediumDesk.named(checked, "mendable") == harmed)
        #expect(try checked.summary()["lost"] == 0 && checked.summary()["mendable"] == harmed.count)
        #expect(try desk.contents() != before, "a check changes nothing")
        let repaired = try desk.media("repair", desk.path).mustBe(0)
        #expect(try MediumDesk.named(repaired, "mended") == harmed)
        #expect(try desk.contents() == before)
        try desk.media("check", desk.path).mustBe(0)
    }

    @Test("It is so on exFAT and ext4 as well", arguments: [MediumDesk.FileSystem.exfat, .ext4])
    func fileSystems(_ kind: MediumDesk.FileSystem) throws {
        guard let desk = try copied(kind) else { return }
        let before = try desk.contents()
        _ = try inflict(.everythingAtOnce, desk)
        try desk.media("repair", desk.path).mustBe(0)
        #expect(try desk.contents() == before)
    }

    @Test("What is beyond parity is said to be, and the damaged file stays as it is") func beyond() throws {
        let desk = try #require(try copied())
        let before = try desk.contents()
        let pack = "packs/" + (try desk.largest("packs"))
        let commit = "commits/" + (try desk.largest("commits"))
        try desk.overwrite(pack, at: 300_000, with: [UInt8](repeating: 0, count: 1 << 20))
        try ChildProcess.shell("rm \"$1\"", desk.path + "/" + commit)
        let harmed = try desk.contents()
        let checked = try desk.media("check", desk.path).mustBe(11)
        #expect(try MediumDesk.named(checked, "lost").contains(pack))
        let repaired = try desk.media("repair", desk.path).mustBe(11)
        #expect(try MediumDesk.named(repaired, "lost").contains(pack))
        #expect(try desk.contents() == harmed, "nothing is written that is not right")
        #expect(try desk.media("list").mustBe(0).lines().first?["damaged"] ?? 0 > 0)
        // With the repository at hand there is a way.
        let again = try desk.media("repair", desk.path, "--repository", desk.place.repository).mustBe(0)
        #expect(try MediumDesk.named(again, "copied") == [pack, commit])
        #expect(try desk.contents() == before)
        try desk.media("check", desk.path).mustBe(0)
    }

    @Test("A whole mebibyte of a larger medium is mended") func scratch() throws {
        let desk = try #require(try MediumDesk(size: "160m"))
        try ChildProcess.shell("head -c 60000000 /dev/urandom > huge", directory: desk.place.source)
        try desk.place.backup()
        try desk.media("copy", desk.path).mustBe(0)
        let before = try desk.contents()
        let pack = "packs/" + (try desk.largest("packs"))
        try desk.overwrite(pack, at: 20_000_123, with: [UInt8](repeating: 0, count: 3 << 20))
        let checked = try desk.media("check", desk.path).mustBe(11)
        #expect(try MediumDesk.named(checked, "mendable") == [pack])
        try desk.media("repair", desk.path).mustBe(0)
        #expect(try desk.contents() == before)
    }

    @Test("Without any sidecar the objects are still checked by their names, and protected by the next copy")
    func unprotected()
        throws
    {
        let desk = try #require(try copied())
        try ChildProcess.shell("rm -r .safehold-medium/parity", directory: desk.path)
        let checked = try desk.media("check", desk.path).mustBe(0).summary()
        #expect(checked["unprotected"] == checked["objects"] && checked["objects"] > 10)
        let pack = "packs/" + (try desk.largest("packs"))
        try desk.overwrite(pack, at: 5000, with: [1, 2, 3, 4])
        #expect(try MediumDesk.named(try desk.media("check", desk.path).mustBe(11), "lost") == [pack])
        // Parity is not made for what is damaged already.
        let copied = try desk.media("copy", desk.path).mustBe(3)
        #expect(try copied.lines().filter { $0.type == "finding" }.map { $0.text("object") } == [pack])
        try desk.media("repair", desk.path, "--repository", desk.place.repository).mustBe(0)
        try desk.media("copy", desk.path).mustBe(0)
        let whole = try desk.media("check", desk.path).mustBe(0).summary()
        #expect(whole["unprotected"] == 0)
    }

    @Test(
        "A file that the medium cannot read any more is found and mended",
        .enabled(if: Faults.isAvailable, Faults.reason))
    func unreadable() throws {
        let desk = try #require(try copied())
        let commit = "commits/" + (try desk.largest("commits"))
        let faults = try Faults.environment(["FAULT_UNREADABLE": desk.path + "/" + commit])
        let checked = try desk.media("check", desk.path, environment: faults).mustBe(11)
        #expect(try MediumDesk.named(checked, "mendable") == [commit], checked.said)
        let repaired = try desk.media("repair", desk.path, environment: faults).mustBe(0)
        #expect(try MediumDesk.named(repaired, "mended") == [commit])
        try desk.media("check", desk.path).mustBe(0)
    }

    @Test("Killed while it repairs, a medium is no worse than before", .enabled(if: Faults.isAvailable, Faults.reason))
    func killed() throws {
        let desk = try #require(try copied())
        let before = try desk.contents()
        let words = [program, "media", "repair", desk.path, "--json"]
        _ = try inflict(.everythingAtOnce, desk)
        try ChildProcess.shell("cp -a medium/. damaged", directory: try prepared(desk))
        let calls = try Faults.count(words, desk.place.writing)
        for call in stride(from: 1, through: calls, by: Soak.isOn ? 1 : max(1, calls / 12)) {
            try ChildProcess.shell(
                "find medium -mindepth 1 -delete; cp -a damaged/. medium", directory: desk.place.scratch.path)
            _ = try ChildProcess.run(
                words, environment: desk.place.writing.merging(try Faults.killing(at: call)) { $1 })
            try desk.media("repair", desk.path).mustBe(0)
            try ChildProcess.shell(
                "rm -f medium/tmp/* medium/.safehold-medium/tmp/*", directory: desk.place.scratch.path)
            #expect(try desk.contents() == before, "call \(call) of \(calls)")
        }
    }

    private func prepared(_ desk: MediumDesk) throws -> String {
        _ = try desk.place.scratch.folder("damaged")
        return desk.place.scratch.path
    }
}
