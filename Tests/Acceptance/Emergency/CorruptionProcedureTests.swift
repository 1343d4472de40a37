import Foundation
import Testing

/// The procedure of corrupted data (EMG-3, docs/emergency.md).
@Suite("Corrupted data") struct CorruptionProcedureTests {
    /// Five snapshots, with damage that came about between them. Returns their ids.
    private static func history(_ place: EmergencyPlace) throws -> [String] {
        let docs = try place.desk.folder("docs")
        var ids: [String] = []
        func run() throws {
            try place.run()
            ids.append(try place.snapshot())
        }
        func shell(_ script: String) throws { try ChildProcess.shell(script, directory: docs) }
        try shell(
            """
            seq 200 > plain.txt; echo '{"a": [1, 2]}' > data.json; head -c 30000 /dev/urandom > image.raw
            echo '{"odd"' > never.json; mkdir inner; seq 9 > inner/a.csv; tar cf archive.tar inner
            """)
        try run()
        try shell("echo '{\"a\": [1, 2, 3]}' > data.json")
        try run()
        // A program writes half of it.
        try shell("printf '{\"a\": [1,' > data.json")
        // A disk turns a bit: neither time nor size change.
        try shell(
            "cp -p image.raw kept && printf 'x' | dd of=image.raw bs=1 seek=777 conv=notrunc status=none && touch -r kept image.raw && rm kept"
        )
        try run()
        try shell("seq 5 > other.txt; printf '{\"b\": [1,' > data.json")
        try run()
        try shell("printf '\\0\\1\\2' | dd of=archive.tar bs=1 seek=100 conv=notrunc status=none")
        try run()
        return ids
    }

    @Test("is named file by file with its last valid version, and only that is restored") func whole() throws {
        let place = try EmergencyPlace()
        let ids = try Self.history(place)
        let scope = try place.safehold("emergency", "scope", "docs", "--json").mustBe(11)
        let found = try scope.lines().filter { $0.type == "corruption" }
        let root = place.desk.place.source + "/docs/"
        func finding(_ name: String) throws -> Summary {
            try #require(found.first { $0.text("path") == root + name }, scope.said)
        }
        #expect(found.count == 3, scope.said)
        #expect(try finding("data.json").text("evidence") == "invalid" && finding("data.json").text("since") == ids[2])
        #expect(try finding("data.json").text("last_valid") == ids[1])
        #expect(try finding("image.raw").text("evidence") == "changed-silently")
        #expect(try finding("image.raw").text("since") == ids[2] && finding("image.raw").text("last_valid") == ids[1])
        #expect(
            try finding("archive.tar").text("since") == ids[4] && finding("archive.tar").text("last_valid") == ids[3])
        #expect(try scope.summary()["never_valid"] == 1)

        try place.safehold("emergency", "start", "corruption", "docs", "--cause", "scans cannot be opened").mustBe(0)
        #expect(
            try place.finish() == [
                "find-scope", "judge-scope", "stop-services", "restore", "verify", "resume-services",
            ])
        let restored = place.target + root
        #expect(
            Set(try FileManager.default.contentsOfDirectory(atPath: restored)) == [
                "archive.tar", "data.json", "image.raw",
            ])
        #expect(try String(contentsOfFile: restored + "data.json", encoding: .utf8) == "{\"a\": [1, 2, 3]}\n")
        try ChildProcess.shell("tar tf archive.tar >&2", directory: restored)
        // 'web' needs 'database', which works with what is damaged.
        #expect(place.done == ["stop web", "stop database", "start database", "start web"])
    }

    @Test("that the repository itself has lost is named with the newest version that can be read") func lost() throws {
        let place = try EmergencyPlace()
        let docs = try place.desk.folder("docs")
        try ChildProcess.shell("head -c 300000 /dev/urandom | base64 > large.txt", directory: docs)
        try place.run()
        let first = try place.snapshot()
        try ChildProcess.shell("head -c 300000 /dev/urandom | base64 > large.txt", directory: docs)
        let packs = place.desk.place.repository + "/packs"
        let before = Set(try FileStatus.files(below: packs))
        try place.run()
        let fresh = try FileStatus.files(below: packs).filter { !before.contains($0) }.map { packs + "/" + $0 }
        let sizes = try fresh.map { try ChildProcess.shell("stat -c %s \"$1\"", $0).trimmingCharacters(in: .newlines) }
        let largest = try #require(zip(fresh, sizes).max { (Int($0.1) ?? 0) < (Int($1.1) ?? 0) }?.0)
        try Damage.flip(largest, at: 100_000)
        let scope = try place.safehold("emergency", "scope", "docs", "--json").mustBe(11)
        let finding = try #require(try scope.lines().first { $0.type == "corruption" }, scope.said)
        #expect(finding.text("evidence") == "unreadable" && finding.text("last_valid") == first, scope.said)
    }
}
