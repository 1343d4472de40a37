import Foundation
import Testing

/// Components brought back by name, without an archive.
@Suite struct ComponentRestoreTests {
    private static let stamp = "20261125T000000Z"

    private func restore(_ set: ExportedSet, _ words: String..., expecting status: Int32 = 0) throws -> Ended {
        try ChildProcess.run([program, "restore", "--json"] + words, environment: set.place.reading).mustBe(status)
    }

    @Test("One comes directly into the target, all of them each into its folder") func folders() throws {
        let set = try ExportedSet()
        try set.backupAll(sampleSystem, stamp: Self.stamp)
        let one = set.place.scratch.path + "/one"
        _ = try restore(set, "--component", "documentation", "--to", one)
        try Comparison.expectSame(sampleSystem + "/docs", one)
        let all = set.place.scratch.path + "/all"
        let ended = try restore(set, "--all-components", "--set", Self.stamp, "--to", all, "--verify")
        for (_, name) in ExportedSet.kinds { try Comparison.expectSame(sampleSystem + "/" + name, all + "/" + name) }
        #expect(try ended.lines().filter { $0.type == "restored-component" }.count == 7)
        #expect(try ended.summary().text("operation") == "restore-components")
    }

    @Test("A file that was backed up by its path comes under its name; several trees under what tells them apart")
    func parents() throws {
        let set = try ExportedSet()
        try ChildProcess.shell("mkdir -p a/x b/x; echo 1 > a/x/f; echo 2 > b/x/f", directory: set.place.source)
        try set.backup("single", set.place.source + "/a/x/f", stamp: nil)
        try ChildProcess.run(
            [
                program, "backup", "--quiet", "--component", "several", set.place.source + "/a",
                set.place.source + "/b/x",
            ],
            environment: set.place.writing
        ).mustBe(0)
        let target = set.place.scratch.path + "/target"
        _ = try restore(set, "--component", "single", "--to", target)
        #expect(try FileStatus.files(below: target) == ["f"])
        let second = set.place.scratch.path + "/second"
        _ = try restore(set, "--component", "several", "--to", second)
        #expect(try FileStatus.files(below: second).sorted() == ["a/x/f", "b/x/f"])
    }

    @Test("What is missing is said, and what contradicts itself is refused") func refusals() throws {
        let set = try ExportedSet()
        try set.backupAll(sampleSystem, stamp: Self.stamp)
        try set.backupAll(sampleSystem, stamp: "20261126T000000Z", without: "database")
        let target = set.place.scratch.path + "/target"
        _ = try restore(set, "--all-components", "--set", "20261126T000000Z", "--to", target, expecting: 3)
        _ = try restore(set, "--component", "nothing", "--to", target, expecting: 10)
        _ = try restore(set, "--to", target, expecting: 2)
        _ = try restore(set, "latest", "--set", Self.stamp, "--to", target, expecting: 2)
    }
}
