import Testing
import TestSupport

/// Files of every awkward size and shape.
@Suite struct ContentTests {
    @Test("Sizes around every border of chunks, bundles and buffers") func borders() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        var random = SeededGenerator(seed: 7)
        let borders = [
            0, 1, 4096, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 2_097_151, 2_097_152, 2_097_153, 3_500_000,
        ]
        for size in borders { try builder.file("size-\(size)".bytes, random.bytes(size)) }
        try builder.file("zeros".bytes, [UInt8](repeating: 0, count: 3_000_000))
        try builder.directory("empty".bytes)
        #expect(try place.backup()["files"] == borders.count + 1)
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test("Holes stay holes, with the same blocks and bytes") func sparse() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        let block = [UInt8](repeating: 0x53, count: 4096)
        try builder.file("only-a-hole".bytes, [], size: 9_000_000)
        try builder.file("in-the-middle".bytes, [(0, block), (5_000_000, block)])
        try builder.file("at-the-end".bytes, [(0, block)], size: 7_000_001)
        try builder.file("many".bytes, (0..<200).map { ($0 * 65_536 + 8192, block) }, size: 20_000_000)
        // Holes are made whatever the file system keeps of a block of zeros.
        let before = try Comparison.sparseFiles(place.source)
        try #require(before.count == 4, "this file system knows no holes")
        try place.backup()
        let copy = try place.restored()
        try Comparison.expectSame(place.source, copy)
        let after = try Comparison.sparseFiles(copy)
        for (name, blocks) in before { #expect((after[name] ?? .max) <= blocks + 16, "\(name)") }
    }

    @Test("Hard links stay one file with several names") func hardLinks() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        try builder.directory("a".bytes)
        try builder.directory("z".bytes)
        try builder.file("m".bytes, "one content\n".bytes)
        for name in ["a/1", "a/2", "z/3"] { try builder.hardLink(name.bytes, to: "m".bytes) }
        try place.backup()
        let copy = try place.restored()
        try Comparison.expectSame(place.source, copy)
        #expect(try ChildProcess.shell("stat -c %i a/1 a/2 z/3 m | sort -u | wc -l", directory: copy) == "1\n")
    }

    @Test("Paths longer than the kernel takes at once") func deepPaths() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        var path: [UInt8] = []
        for level in 0..<25 {
            let name = [UInt8](repeating: 0x64, count: 250 - "\(level)".count) + "\(level)".bytes
            path += path.isEmpty ? name : [0x2F] + name
            try builder.directory(path)
        }
        try builder.file(path + "/deep".bytes, "down here\n".bytes)
        try builder.link(path + "/link".bytes, to: "nowhere".bytes)
        try place.backup()
        let copy = try place.restored()
        let look = """
            find . -printf '%p %y %m %T@ %l\\0' | sort -z | sha256sum
            find . -type f -execdir sha256sum {} + ; find . | awk '{ print length }' | sort -n | tail -1
            """
        let there = try ChildProcess.shell(look, directory: place.source)
        #expect(try ChildProcess.shell(look, directory: copy) == there)
        #expect(there.contains("6281"))
        guard Restorer.isAvailable else {
            LeftOut.say("restoring with restore.py", Restorer.reason)
            return
        }
        let foreign = place.scratch.path + "/foreign"
        try Restorer.restore(place, "latest", to: foreign).mustBe(0)
        #expect(try ChildProcess.shell(look, directory: foreign) == there)
    }
}
