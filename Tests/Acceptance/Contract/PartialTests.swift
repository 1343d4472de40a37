import CLinux
import Glibc
import Testing

/// What cannot be saved is named and counted, the rest is saved, and the exit status says so.
@Suite struct PartialTests {
    @Test("A file that vanishes before it is opened", .enabled(if: Faults.isAvailable, Faults.reason)) func vanished()
        throws
    {
        let place = try Place()
        try ChildProcess.shell("echo stay > stay; echo go > go", directory: place.source)
        let ended = try ChildProcess.run(
            [program, "backup", "--json", place.source],
            environment: place.writing.merging(try Faults.environment(["FAULT_VANISHES": "go"])) { $1 }
        ).mustBe(3)
        let problem = try #require(try ended.problems().first)
        #expect(problem.text("path") == place.source + "/go" && problem.text("problem") == "vanished")
        let summary = try ended.summary()
        #expect(summary.text("outcome") == "partial" && summary["problems"] == 1 && summary["files"] == 1, ended.said)
        #expect(try FileStatus.files(below: try place.restored()) == ["stay"])
    }

    @Test(
        "A file that changes whenever it is read", .enabled(if: Faults.isAvailable, Faults.reason),
        arguments: [10, 3_000_000])
    func changing(size: Int) throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        try builder.file("restless".bytes, [UInt8](repeating: 0x61, count: size))
        try builder.file("calm".bytes, "calm".bytes)
        let ended = try ChildProcess.run(
            [program, "backup", "--json", place.source],
            environment: place.writing.merging(try Faults.environment(["FAULT_CHANGES": place.source + "/restless"])) {
                $1
            }
        ).mustBe(3)
        let problems = try ended.problems()
        #expect(problems.count == 1 && problems[0].text("problem") == "changed", ended.said)
        #expect(problems[0].text("path") == place.source + "/restless")
        // What was read of it is there, and the next run takes the file anew.
        #expect(try FileStatus.files(below: try place.restored()) == ["calm", "restless"])
        #expect(try place.backup()["files_unread"] <= 1)
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test(
        "Files and directories that may not be read",
        .enabled(if: isRoot && ChildProcess.has("setpriv"), "becoming another user takes root"))
    func unreadable() throws {
        let place = try Place()
        try ChildProcess.shell(
            """
            mkdir shut open; echo secret > shut/file; echo secret > locked; echo fine > open/file
            chmod 000 locked shut; cp \(program) ../program; chmod 755 ../program; chown -R 65534:65534 ..
            """, directory: place.source)
        let ended = try ChildProcess.run(
            [
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", place.scratch.path + "/program",
                "backup", "--json", place.source,
            ],
            environment: place.writing
        ).mustBe(3)
        let problems = try ended.problems()
        #expect(
            Set(problems.map { $0.text("path") }) == [place.source + "/locked", place.source + "/shut"], ended.said)
        #expect(problems.allSatisfy { $0.text("problem") == "unreadable" })
        #expect(try ended.summary()["problems"] == 2)
        // Nor does a restore pass over in silence that there is no content to restore.
        let copy = place.scratch.path + "/copy"
        let restored = try place.restore(to: copy, "--strip").mustBe(3)
        #expect(try restored.problems().map { $0.text("path") } == [place.source + "/locked"])
        #expect(try FileStatus.files(below: copy).contains("open/file"))
    }
}
