import Foundation
import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

/// Damage of every kind to every object: found, named, never restored as if it were right, and the rest comes back.
@Suite struct CorruptionTests {
    private static let shards = 4

    @Test("A bit of a byte turned over, byte after byte", arguments: 0..<shards) func flips(shard: Int) throws {
        let small = try SmallRepository.shared.get()
        let total = small.objects.values.reduce(0) { $0 + $1.count }
        // All bytes in a soak, but for the text below spec/, of which as of everything else some will do; and always all of FORMAT.
        let few = max(1, total / 240)
        var position = 0
        for name in small.names {
            let bytes = try #require(small.objects[name])
            let step = Soak.isOn && !name.path.hasPrefix("spec/") ? 1 : few
            let offsets =
                name == Names.format
                ? Array(bytes.indices) : Array(stride(from: (position / 7) % step, to: bytes.count, by: step))
            for offset in offsets {
                position += 1
                guard position % Self.shards == shard else { continue }
                let store = small.store([name: bytes.flippingBit(offset * 8 + (offset + position) % 8)])
                try expectHarmless(small, store, "\(name), byte \(offset)", mustBeFound: true)
            }
        }
    }

    private func expectHarmless(_ small: SmallRepository, _ store: MemoryStore, _ damage: String, mustBeFound: Bool)
        throws
    {
        let found = try small.isFoundOut(store)
        #expect(found || !mustBeFound, "nobody noticed: \(damage)")
        let restored = try small.restore(store)
        #expect(restored.wrong == [], "wrong content restored: \(damage)")
        #expect(restored.unreported == [], "left out in silence: \(damage)")
        #expect(found || restored.whole == 2, "not found, and not restorable: \(damage)")
    }

    @Test(
        "Every object truncated, emptied, removed, exchanged, duplicated",
        arguments: ["truncated", "emptied", "removed", "exchanged", "duplicated"])
    func objects(damage: String) throws {
        let small = try SmallRepository.shared.get()
        for (index, name) in small.names.enumerated() {
            let bytes = try #require(small.objects[name])
            let other = small.names[(index + 1) % small.names.count]
            let changes: [ObjectName: [UInt8]?] =
                switch damage {
                case "truncated": [name: Array(bytes.prefix(bytes.count / 2))]
                case "emptied": [name: []]
                case "removed": [name: nil]
                case "exchanged": [name: small.objects[other], other: bytes]
                default: [duplicateName(of: name): bytes]
                }
            try expectHarmless(
                small, small.store(changes), "\(name) \(damage)", mustBeFound: !Self.meansNothing(name, damage))
        }
    }

    /// The name beside it.
    private func duplicateName(of name: ObjectName) -> ObjectName {
        guard let last = name.path.last, last.isHexDigit, name != Names.format else {
            return ObjectName(name.path + "2")
        }
        return ObjectName(name.path.dropLast() + (last == "7" ? "8" : "7"))
    }

    /// What no snapshot needs, so that nobody can miss it or be misled by it:
    /// - `intent` and `end` of a session frame it for whoever collects garbage; one that was killed lacks them as well;
    /// - the recipient whose key is not the one at hand, with its slots, is only missed by whom it lets in;
    /// - a file with a name that no object has is not part of the repository.
    private static func meansNothing(_ name: ObjectName, _ damage: String) -> Bool {
        guard damage == "removed" || damage == "duplicated" else { return false }
        if name.lastComponent == "intent" || name.lastComponent == "end" { return true }
        if damage == "duplicated" {
            return name == Names.format || name.path.hasSuffix("manifest")
                || ["public", "format", "bundle"].contains(name.lastComponent)
        }
        return name.path.hasPrefix("keys/recipients/") || name.path.contains("/slots/")
    }

    @Test("All index objects lost: everything is found through the packs") func indexLost() throws {
        let small = try SmallRepository.shared.get()
        var changes: [ObjectName: [UInt8]?] = [:]
        for name in small.names where name.path.hasPrefix("index/") { changes[name] = .some(nil) }
        try #require(!changes.isEmpty)
        let restored = try small.restore(small.store(changes))
        #expect(restored.whole == 2 && restored.wrong == [])
        #expect(try small.isFoundOut(small.store(changes)))
    }

    @Test("Damage is named with the files and snapshots that it harms, and with no other") func exactly() throws {
        let place = try Place()
        try ChildProcess.shell("head -c 400000 /dev/urandom > first; echo small > small", directory: place.source)
        let one = try place.backup().snapshot
        let before = Set(try FileStatus.files(below: place.repository + "/packs"))
        try ChildProcess.shell("head -c 400000 /dev/urandom > second", directory: place.source)
        let two = try place.backup().snapshot
        let pack = try #require(try FileStatus.files(below: place.repository + "/packs").first { !before.contains($0) })
        try place.verify("--read-data").mustBe(0)
        // In the middle of the pack that only the second backup needed.
        try ChildProcess.shell(
            "printf 'damage' | dd of=\"$1\" bs=1 seek=200000 conv=notrunc status=none",
            place.repository + "/packs/" + pack)

        let verified = try place.verify("--read-data").mustBe(11)
        #expect(
            verified.text.contains(pack.suffix(64)) && verified.text.contains(place.source + "/second"), verified.said)
        #expect(
            !verified.text.contains(place.source + "/first") && !verified.text.contains(place.source + "/small"),
            verified.said)
        #expect(verified.text.contains(two) && !verified.text.contains(one), verified.said)

        // The older snapshot is as good as ever.
        let copy = try place.restored(one)
        #expect(
            try ChildProcess.shell("cmp first \"$1\"/first; cmp small \"$1\"/small; ls", copy, directory: place.source)
                == "first\nsecond\nsmall\n")
        // Several threads write into the file: which one comes last is a matter of luck.
        for round in 0..<8 {
            let target = place.scratch.path + "/damaged-\(round)"
            let problems = try place.restore(two, to: target, "--strip").mustBe(3).problems()
            #expect(problems.map { $0.text("path") } == [place.source + "/second"])
            #expect(problems.map { $0.text("problem") } == ["damaged"])
            let there = try FileStatus.files(below: target)
            #expect(there == ["first", "small"])
        }
        // With the pack out of the way, what was lost is stored anew, while the file is still there.
        try ChildProcess.shell("rm \"$1\"", place.repository + "/packs/" + pack)
        try place.backup()
        try Comparison.expectSame(place.source, try place.restored())
    }
}
