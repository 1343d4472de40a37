import Foundation
import Glibc
import TestSupport
import Testing

/// Whatever happens on the way: what has the archive's name is whole.
@Suite struct ExportTroubleTests {
    private static let stamp = "20261125T000000Z"

    private static func large() throws -> ExportedSet {
        let set = try ExportedSet()
        let builder = try TreeBuilder(set.place.source)
        var random = SeededGenerator(seed: 21)
        try builder.file("noise".bytes, random.bytes(30 << 20))
        for i in 0..<300 { try builder.file("small-\(i)".bytes, random.bytes(20_000)) }
        try ChildProcess.shell("for i in $(seq 8); do cat noise noise > big-$i; done", directory: set.place.source)
        try set.backup("tree", set.place.source, stamp: stamp)
        return set
    }

    @Test("Memory stays bounded, whatever the size of the tree") func memory() throws {
        let set = try Self.large()
        let (ended, peak) = try MemoryUse.watching(
            ["export", "--output", set.place.scratch.path + "/out.tar.gz"], set.place.reading)
        try ended.mustBe(0)
        // 510 MiB are exported.
        #expect(peak < 200 << 10, "\(peak >> 10) MiB")
    }

    @Test("A killed export leaves nothing under the final name, and its stream on a pipe is not whole") func killed()
        throws
    {
        let set = try Self.large()
        let folder = try set.place.scratch.folder("killed")
        for milliseconds: Int32 in [100, 400, 900] {
            let process = try ChildProcess(
                [program, "export", "--output", folder].map(\.bytes), environment: set.place.reading)
            let wasEarly = !process.ends(within: milliseconds)
            process.signal(SIGKILL)
            #expect(process.wait().way == .signal(SIGKILL) || !wasEarly)
            if wasEarly { #expect(try ExportedSet.files(folder).allSatisfy { $0.hasSuffix(".partial") }) }
        }
        _ = try set.export("--output", folder, "--force")
        #expect(try ExportedSet.files(folder).allSatisfy { $0.hasSuffix(".tar.gz") }, "what was killed is cleared away")
        let process = try ChildProcess(
            [program, "export", "--output", "-"].map(\.bytes), environment: set.place.reading)
        try #require(!process.ends(within: 800), "it was over before it could be killed")
        process.signal(SIGTERM)
        let ended = process.wait()
        #expect(ended.status == 130, "\(ended.way)")
        let file = set.place.scratch.path + "/stream.gz"
        try Data(ended.output).write(to: URL(filePath: file))
        #expect(try ChildProcess.run(["gzip", "-t", file]).status != 0)
    }

    @Test("Damage in the repository: an error that names the file, and no archive") func damaged() throws {
        let set = try ExportedSet()
        var random = SeededGenerator(seed: 22)
        try TreeBuilder(set.place.source).file("noise".bytes, random.bytes(3 << 20))
        try set.backup("tree", set.place.source, stamp: Self.stamp)
        try ChildProcess.shell(
            """
            chmod -R u+w .
            for p in $(find packs -type f); do printf damage | dd of=$p bs=1 seek=$(($(stat -c %s $p) / 2)) conv=notrunc status=none; done
            """, directory: set.place.repository)
        let (folder, ended) = try set.export(expecting: 11)
        #expect(try ended.error().text("message").contains("/noise"))
        #expect(try ExportedSet.files(folder) == [])
        let streamed = try ChildProcess.run([program, "export", "--output", "-"], environment: set.place.reading)
        #expect(streamed.status == 11)
        let file = set.place.scratch.path + "/stream.gz"
        try Data(streamed.output).write(to: URL(filePath: file))
        #expect(try ChildProcess.run(["gzip", "-t", file]).status != 0)
    }

    @Test("A reader of the stream that goes away is an error") func readerGone() throws {
        let set = try Self.large()
        let script = "\"$1\" export --output - | head -c 1000 > /dev/null; exit ${PIPESTATUS[0]}"
        let ended = try ChildProcess.run(["bash", "-c", script, "bash", program], environment: set.place.reading)
        #expect(ended.status == 13, ended.said)
    }
}
