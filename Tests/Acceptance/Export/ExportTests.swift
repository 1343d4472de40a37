import Foundation
import TestSupport
import Testing

/// What is in an archive, and which snapshots it is made of.
@Suite struct ExportTests {
    private static let stamp = "20261125T000000Z"

    @Test("The sample system's seven components lie in their folders, with a manifest and sums that hold") func sample()
        throws
    {
        let set = try ExportedSet()
        try set.backupAll(sampleSystem, stamp: Self.stamp)
        let (folder, ended) = try set.export("--project", "iqhis")
        let archive = folder + "/iqhis_backup_\(Self.stamp).tar.gz"
        #expect(try ExportedSet.files(folder) == ["iqhis_backup_\(Self.stamp).tar.gz"])
        #expect(try FileStatus.mode(archive) == "600")
        let summary = try ended.summary()
        #expect(summary.text("outcome") == "complete" && summary.text("timestamp") == Self.stamp)
        let top = try ExportedSet.extract(archive, Self.stamp)
        for (_, name) in ExportedSet.kinds {
            try Comparison.expectSame(sampleSystem + "/" + name, top + "/" + name)
        }
        #expect(try ExportedSet.files(top) == (ExportedSet.kinds.map(\.1) + ["MANIFEST.json", "SHA256SUMS"]).sorted())
        try ChildProcess.shell("sha256sum --check --quiet --strict SHA256SUMS", directory: top)
        let sums = try ChildProcess.shell(
            "wc -l < SHA256SUMS; find . -type f ! -name SHA256SUMS | wc -l", directory: top)
        let counts = sums.split(separator: "\n")
        #expect(counts[0] == counts[1], "not every file has a sum")
        let manifest = try Self.manifest(top)
        #expect(manifest["outcome"] as? String == "complete" && manifest["project"] as? String == "iqhis")
        let components = try #require(manifest["components"] as? [[String: Any]])
        #expect(components.map { $0["folder"] as? String } == ExportedSet.kinds.map(\.1))
        #expect(components.map { $0["kind"] as? String } == ExportedSet.kinds.map(\.0))
        #expect(components[0]["stripped"] as? String == sampleSystem + "/docs")
        let again = try set.export("--project", "iqhis").folder + "/iqhis_backup_\(Self.stamp).tar.gz"
        try ChildProcess.shell("cmp \"$1\" \"$2\"", archive, again)
    }

    private static func manifest(_ top: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: top + "/MANIFEST.json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test(
        "Random trees come back from an archive by GNU tar, and Python reads it",
        arguments: Soak.isOn ? Array(1...20) : [1, 2])
    func randomTrees(seed: UInt64) throws {
        let set = try ExportedSet()
        _ = try RandomTree(seed: seed, at: set.place.source, count: 150)
        let builder = try TreeBuilder(set.place.source)
        try builder.file("holes".bytes, [(2_000_000, "late".bytes)], size: 3_000_000)
        try builder.file("large".bytes, [UInt8](repeating: 7, count: 40 << 20) + "end".bytes)
        try builder.file("back\\slash\nfeed\r".bytes, "odd".bytes)
        try set.backup("tree", set.place.source, stamp: Self.stamp)
        let archive = try set.export().folder + "/safehold_backup_\(Self.stamp).tar.gz"
        let top = try ExportedSet.extract(archive, Self.stamp)
        // What tar has no word for.
        try ChildProcess.shell("find . -type s -delete", directory: set.place.source)
        try ChildProcess.shell("find . -type d -exec touch -d @0 {} +", directory: set.place.source)
        try ChildProcess.shell("find . -type d -exec touch -d @0 {} +", directory: top + "/tree")
        try Comparison.expectSame(set.place.source, top + "/tree", "seed \(seed)")
        try ChildProcess.shell("sha256sum --check --quiet --strict SHA256SUMS", directory: top)
        let python = "import sys, tarfile; [0 for e in tarfile.open(sys.argv[1]) if e.isreg() and not e.sparse]"
        try ChildProcess.run(["python3", "-c", python, archive]).mustBe(0)
    }

    @Test("A component that is missing in the set, or partial, is said: status 3") func partial() throws {
        let set = try ExportedSet()
        try set.backupAll(sampleSystem, stamp: Self.stamp)
        let later = "20261126T000000Z"
        try set.backupAll(sampleSystem, stamp: later, without: "database")
        // Of itself it takes the one that has everything.
        #expect(try set.export().ended.summary().text("timestamp") == Self.stamp)
        let (folder, ended) = try set.export("--set", later, expecting: 3)
        #expect(try ended.summary().text("outcome") == "partial")
        #expect(try ended.lines().contains { $0.type == "warning" && $0.text("message").contains("'database'") })
        let top = try ExportedSet.extract(folder + "/safehold_backup_\(later).tar.gz", later)
        #expect(try Self.manifest(top)["missing"] as? [String] == ["database"])
        #expect(try !ExportedSet.files(top).contains("database"))
        // Who asks for one of them misses nothing.
        _ = try set.export("--set", later, "--component", "source")
        _ = try set.export("--set", "20250101T000000Z", expecting: 10)
        _ = try set.export("--component", "nothing", expecting: 10)
    }

    @Test("By time, and the newest of each") func moments() throws {
        let set = try ExportedSet()
        try set.backup("notes", sampleSystem + "/docs", stamp: nil)
        let time = try #require(try set.place.snapshots().last).text("time")
        sleep(2)
        try ChildProcess.shell("echo new > \"$1\"/added", set.place.source)
        try set.backup("notes", set.place.source, stamp: nil)
        func names(_ words: String...) throws -> [String] {
            let folder = try set.place.scratch.folder("by-" + UUID().uuidString.prefix(6))
            try ChildProcess.run(
                [program, "export", "--output", folder] + words, environment: set.place.reading
            ).mustBe(0)
            return try ChildProcess.shell("tar -tzf \"$1\"/*.gz", folder).split(separator: "\n").map(String.init)
        }
        #expect(try names("--latest").contains { $0.hasSuffix("/notes/added") })
        #expect(try names().contains { $0.hasSuffix("/notes/added") })
        let second = String(time.prefix(19)) + "Z"
        // To the second it is before; a second later it is there.
        let after = try ChildProcess.shell("date -u -d \"$1 + 1 second\" +%Y-%m-%dT%H:%M:%SZ", second).split(
            separator: "\n")
        #expect(
            try names("--at", String(after[0])).contains {
                $0.hasSuffix("/notes/index.md") || $0.contains("/notes/architecture/")
            })
        _ = try set.export("--at", "2001-01-01T00:00:00Z", expecting: 10)
        _ = try set.export("--at", "yesterday", expecting: 2)
        _ = try set.export("--latest", "--at", "2001-01-01T00:00:00Z", expecting: 2)
    }

    @Test("Components of one kind share a folder while no file falls on another") func sharing() throws {
        let set = try ExportedSet()
        let (one, two) = (try set.place.scratch.folder("one"), try set.place.scratch.folder("two"))
        try ChildProcess.shell("mkdir both; echo 1 > both/a", directory: one)
        try ChildProcess.shell("mkdir both; echo 2 > both/b", directory: two)
        try set.backup("agents", one, stamp: Self.stamp, kind: "source")
        try set.backup("services", two, stamp: Self.stamp, kind: "source")
        let archive = try set.export().folder + "/safehold_backup_\(Self.stamp).tar.gz"
        let top = try ExportedSet.extract(archive, Self.stamp)
        #expect(try FileStatus.files(below: top + "/src").sorted() == ["both/a", "both/b"])
        try ChildProcess.shell("echo 3 > both/a", directory: two)
        try set.backup("services", two, stamp: "20261126T000000Z", kind: "source")
        try set.backup("agents", one, stamp: "20261126T000000Z", kind: "source")
        let (folder, ended) = try set.export(expecting: 2)
        #expect(try ended.error().text("message").contains("src/both/a"))
        #expect(try ExportedSet.files(folder) == [])
    }

    @Test("A file that is there stays, unless --force; standard output takes the archive; --dry-run makes nothing")
    func places() throws {
        let set = try ExportedSet()
        try set.backup("docs", sampleSystem + "/docs", stamp: Self.stamp)
        let folder = try set.place.scratch.folder("places")
        func run(_ words: String..., expecting status: Int32 = 0) throws -> Ended {
            try ChildProcess.run([program, "export"] + words, environment: set.place.reading, directory: folder)
                .mustBe(status)
        }
        let dry = try run("--dry-run").text
        #expect(dry.contains("safehold_backup_\(Self.stamp).tar.gz") && dry.contains("docs"))
        #expect(try ExportedSet.files(folder) == [])
        let streamed = try run("--output", "-").output
        _ = try run("--output", "mine.tar.gz")
        #expect(try Data(contentsOf: URL(filePath: folder + "/mine.tar.gz")) == Data(streamed))
        try ChildProcess.shell("echo precious > mine.tar.gz", directory: folder)
        _ = try run("--output", "mine.tar.gz", expecting: 1)
        #expect(try String(contentsOfFile: folder + "/mine.tar.gz", encoding: .utf8) == "precious\n")
        _ = try run("--output", "mine.tar.gz", "--force")
        #expect(try Data(contentsOf: URL(filePath: folder + "/mine.tar.gz")) == Data(streamed))
        _ = try run("--output", "missing/mine.tar.gz", expecting: 1)
        _ = try run("--project", "a/b", expecting: 2)
        #expect(try ExportedSet.files(folder) == ["mine.tar.gz"])
    }
}
