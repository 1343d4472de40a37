import Foundation
import Glibc
import Testing

/// The procedure of a system failure (EMG-1, docs/emergency.md), and what all procedures have in common.
@Suite("An emergency procedure") struct SystemFailureTests {
    private static func place() throws -> EmergencyPlace {
        let place = try EmergencyPlace()
        for number in 0..<20 { try place.desk.write("page \(number)\n", "docs/\(number).txt") }
        try place.run()
        return place
    }

    @Test(
        "stops services, proposes a backup, restores and compares it, and starts services in the order of what needs what"
    )
    func whole() throws {
        let place = try Self.place()
        try place.safehold("emergency", "start", "system-failure", "--cause", "no power", "--json").mustBe(0)
        let steps = try place.finish()
        #expect(
            steps == [
                "stop-services", "find-failure", "judge-failure", "propose", "restore", "verify", "resume-services",
            ])
        #expect(place.done == ["stop web", "stop database", "start database", "start web"])
        #expect(try place.runbook().text("outcome") == "completed")
        try ChildProcess.shell("diff -r \"$1\" \"$2\"", place.desk.place.source, place.target + place.desk.place.source)

        let report = place.desk.place.scratch.path + "/report.md"
        try place.safehold("emergency", "report", "--output", report).mustBe(0)
        let text = try String(contentsOfFile: report, encoding: .utf8)
        #expect(text.contains("no power") && text.contains("did 'restore'") && text.contains("7. **Resume services**"))
        try place.safehold("emergency", "report", "--output", report).mustBe(1)
        try place.safehold("emergency", "next").mustBe(10)
        let acts = try place.safehold("audit", "log", "--json").mustBe(0).text
        #expect(acts.contains("emergency-next") && acts.contains("\"restore\""))
    }

    @Test("stands still where a step fails, does it again, and lets it be left out with a reason") func fails() throws {
        let place = try Self.place()
        try place.safehold("emergency", "start", "system-failure", "--cause", "no power").mustBe(0)
        for step in ["stop-services", "find-failure", "judge-failure", "propose"] { try place.goOn(step).mustBe(0) }
        let unsaid = try place.safehold("emergency", "next", "--json").mustBe(3)
        #expect(unsaid.text.contains("--target"), unsaid.said)
        for step in ["restore", "verify"] { try place.goOn(step).mustBe(0) }
        try place.makeIll(true)
        let ill = try place.goOn("resume-services").mustBe(3)
        #expect(ill.text.contains("check web"), ill.said)
        #expect(try place.standings()["resume-services"] == "failed")
        try place.safehold("emergency", "next", "--note", "I say so").mustBe(2)
        try place.makeIll(false)
        try place.safehold("emergency", "skip", "--reason", "started by hand").mustBe(0)
        #expect(try place.runbook().text("outcome") == "completed")
        #expect(try place.standings()["resume-services"] == "skipped")
    }

    @Test("goes from hand to hand, and nobody goes on with what is another's") func hands() throws {
        let place = try Self.place()
        try place.safehold("emergency", "start", "system-failure", "--cause", "no power").mustBe(0)
        try place.safehold("emergency", "hand-over", "eva", "--note", "my shift ends").mustBe(0)
        let refused = try place.safehold("emergency", "next", "--json").mustBe(2)
        #expect(try refused.error().text("code") == "runbook-refused")
        #expect(place.done == [])
        try place.safehold("emergency", "take-over", "--reason", "Eva is ill").mustBe(0)
        try place.goOn("stop-services").mustBe(0)
        try place.safehold("emergency", "abort", "--reason", "it has power again").mustBe(0)
        #expect(try place.runbook().text("outcome") == "aborted")
        try place.safehold("emergency", "next").mustBe(10)
        #expect(try place.safehold("emergency", "status").mustBe(0).text.contains("aborted"))
    }

    @Test("needs neither the catalog nor the strategy, and goes on from a copy of its folder on another machine")
    func elsewhere() throws {
        let place = try Self.place()
        try place.safehold("emergency", "start", "system-failure", "--cause", "no power").mustBe(0)
        try place.goOn("stop-services").mustBe(0)
        let other = place.desk.place.scratch.path + "/other"
        try ChildProcess.shell("mkdir \"$2\" && cp -a \"$1\"/emergency \"$2\"", place.desk.place.home, other)
        let environment = [
            "SAFEHOLD_HOME": other, "SAFEHOLD_REPOSITORY": place.desk.place.repository,
            "SAFEHOLD_RECIPIENT_FILE": place.desk.place.keyFile,
        ]
        for words in [[], ["--note", "gone"], [], ["--target", place.target], [], []] {
            try ChildProcess.run([program, "emergency", "next"] + words, environment: environment).mustBe(0)
        }
        let status = try ChildProcess.run([program, "emergency", "status"], environment: environment).mustBe(0)
        #expect(status.text.contains("completed"), status.said)
        try ChildProcess.shell("diff -r \"$1\" \"$2\"", place.desk.place.source, place.target + place.desk.place.source)
    }

    @Test(
        "that is killed at any step goes on from there, and ends as it would have",
        arguments: ["system-failure", "breach", "corruption"])
    func killed(_ procedure: String) throws {
        let place = try Self.place()
        try place.safehold("emergency", "start", procedure, "docs", "--cause", "a test").mustBe(0)
        var kills = 0
        while try place.runbook().text("outcome") == "open" {
            let step = try place.runbook().text("next")
            let journal = "\(place.desk.place.home)/emergency/\(try place.id())"
            let before = try FileManager.default.contentsOfDirectory(atPath: journal).count { $0.hasSuffix(".json") }
            let process = try ChildProcess(
                ([program] + place.words(step)).map(\.bytes), environment: place.environment)
            // As soon as it is begun, or over where people did it.
            while try FileManager.default.contentsOfDirectory(atPath: journal).count(where: { $0.hasSuffix(".json") })
                == before,
                !process.ends(within: 1)
            {}
            process.signal(SIGKILL)
            if process.wait().way == .signal(SIGKILL) { kills += 1 }
            if try place.standings()[step] == "begun" { try place.goOn(step).mustBe(0) }
            let now = try place.standings()[step]
            #expect(now == "done", "\(step): \(now ?? "")")
        }
        #expect(kills > 2)
        #expect(try place.runbook().text("outcome") == "completed")
        try place.safehold("verify", "--read-data").mustBe(0)
    }

    @Test("whose journal was altered is not gone on with") func altered() throws {
        let place = try Self.place()
        try place.safehold("emergency", "start", "system-failure", "--cause", "no power").mustBe(0)
        try place.goOn("stop-services").mustBe(0)
        try ChildProcess.shell(
            "sed -i 's/no power/no reason/' \"$1\"/emergency/*/00001.json", place.desk.place.home)
        let refused = try place.safehold("emergency", "next", "--json").mustBe(11)
        #expect(try refused.error().text("code") == "runbook-damaged")
    }
}
