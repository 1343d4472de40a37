import Foundation
import Glibc
import Testing

@Suite("The daemon in the audit log")
struct AuditedDaemonTests {
    @Test("Its start and end, what it does on its own, and another strategy are acts of the host") func acts() throws {
        let world = try DaemonPlace(components: DaemonTests.docs)
        let folder = try world.folder("docs")
        try ChildProcess.shell("echo text > file", directory: folder)
        func acts(_ name: String) throws -> [Summary] {
            let words = [program, "audit", "search", "--json", "--act", name]
            return try ChildProcess.run(words, environment: world.environment).mustBe(0).lines()
        }
        // Another host's log lies in the repository, of which this host is a witness.
        let (other, keys) = (world.place.scratch.path + "/other", world.place.scratch.path + "/vkeys")
        let sharing = ["SAFEHOLD_HOME": other, "SAFEHOLD_REPOSITORY": world.place.repository]
        try ChildProcess.run([program, "audit", "publish"], environment: sharing).mustBe(0)
        let witness = [program, "audit", "witness"]
        let made = try ChildProcess.run(witness + ["init"], environment: world.environment).mustBe(0)
        try Data(made.output).write(to: URL(filePath: keys))
        try ChildProcess.run(witness + ["add", "--policy", other + "/audit/policy"], environment: world.environment)
            .mustBe(0)
        try world.start()
        try world.wait("a run that is over") { try acts("run").contains { $0.text("outcome") == "ok" } }
        #expect(try acts("daemon").map { $0.text("outcome") } == ["open"])
        try world.write(components: DaemonTests.docs.replacing("every 1d", with: "every 2d"))
        world.daemon?.signal(SIGHUP)
        try world.wait("the strategy") { try !acts("strategy-follow").isEmpty }
        try world.stop()
        #expect(
            try !FileStatus.files(below: world.place.repository + "/audit").isEmpty, "a checkpoint in the repository")
        let verify = ["audit", "verify", "--repository", world.place.repository, "--witness", keys]
        try ChildProcess.run([program] + verify, environment: sharing).mustBe(0)
        #expect(try acts("daemon").map { $0.text("outcome") } == ["ok"])
        let run = try #require(try acts("run").first)
        let objects = try #require(run.fields["objects"] as? [String])
        #expect(run.text("by") == "host" && run.text("strategy").count == 64)
        #expect(objects.contains("component docs") && objects.contains { $0.hasPrefix("snapshot ") })
    }

    @Test("Where it cannot be written down nothing is backed up, and the run says why") func unwritable() throws {
        let world = try DaemonPlace(components: DaemonTests.docs)
        let folder = try world.folder("docs")
        try world.start()
        try world.wait("the first backup") { try !world.runs("docs", "complete").isEmpty }
        try ChildProcess.shell(
            "printf '!' | dd of=\"$1\"/audit/log/checkpoint bs=1 seek=80 conv=notrunc status=none", world.place.home)
        try ChildProcess.shell("echo text > file", directory: folder)
        try world.wait("a run that is refused") { try !world.runs("docs", "failed").isEmpty }
        #expect(try world.runs("docs", "failed").first?.text("code") == "audit-altered")
        try world.wait("somebody who is told") { !world.messages.isEmpty }
        try world.stop()
        #expect(try world.place.snapshots().count == 1)
    }
}
