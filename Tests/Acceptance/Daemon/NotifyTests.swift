import Foundation
import TestSupport
import Testing

@Suite("Contacts are told, and answer")
struct NotifyTests {
    static let components = "docs: { kind: documentation, sources: [docs], schedule: { full: every 1d } }"

    @Test("a test message goes over every channel, and what became of each is said")
    func testMessage() throws {
        let world = try DaemonPlace(components: Self.components)
        _ = try world.folder("docs")
        let good = try ChildProcess.run(
            [program, "notify", "test", "--strategy", world.strategyFile], environment: world.environment)
        try good.mustBe(0)
        #expect(good.text == "sent      operator, command /bin/sh\n")
        #expect(world.messages == ["test.message info"])
        let text = try String(contentsOfFile: world.told + ".text", encoding: .utf8)
        #expect(text.contains("Nothing is wrong."))
        let nobody = try ChildProcess.run(
            [program, "notify", "test", "--strategy", world.strategyFile, "--role", "cook"],
            environment: world.environment)
        try nobody.mustBe(2)
        #expect(nobody.errorText.contains("There is: operator (backup-administrator)."))
    }

    @Test("a failure is told, acknowledged, and told to be over; the report of success has it")
    func acknowledged() throws {
        let world = try DaemonPlace(components: Self.components)
        try world.start()
        try world.wait("the failure is told") { world.messages.contains { $0.hasPrefix("backup.failed ") } }
        let status = try ChildProcess.run(
            [program, "status", "--json", "--strategy", world.strategyFile], environment: world.environment)
        let incident = try #require(
            try status.lines().first { $0.type == "incident" && $0.text("event") == "backup.failed" })
        let number = String(incident["number"])
        let notify = [program, "notify", "acknowledge"]
        try ChildProcess.run(notify + [number], environment: world.environment).mustBe(0)
        try world.wait("the daemon knows") {
            try ChildProcess.run(
                [program, "status", "--strategy", world.strategyFile], environment: world.environment
            ).text.contains("looks after it")
        }
        try world.stop()
        try ChildProcess.run(notify + ["1000000"], environment: world.environment).mustBe(10)
        let today = String(Date().formatted(.iso8601.year().month().day()))
        let report = [program, "report", "success", "--strategy", world.strategyFile, "--from", today, "--to", today]
        let text = try ChildProcess.run(report, environment: world.environment).mustBe(0).text
        #expect(text.contains("What did not go well"))
        #expect(text.contains("source-missing"))
        let page = world.place.scratch.path + "/report.html"
        try ChildProcess.run(report + ["--format", "html", "--output", page], environment: world.environment).mustBe(0)
        #expect(try String(contentsOfFile: page, encoding: .utf8).hasPrefix("<!DOCTYPE html>"))
        #expect(
            try ChildProcess.run(report + ["--json"], environment: world.environment).lines().contains {
                $0.type == "success-trouble"
            })
    }
}
