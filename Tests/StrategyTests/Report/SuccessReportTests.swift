import Foundation
import Primitives
import TestSupport
import Testing

@testable import Strategy

@Suite("The report of success")
struct SuccessReportTests {
    static func at(_ text: String) -> Timestamp { Timestamp(description: text)! }

    static func run(
        _ component: String, _ day: String, _ outcome: RunFigure.Outcome = .done, minutes: Int64 = 2,
        mode: String = "full"
    ) -> RunFigure {
        let due = at("\(day)T00:00:00Z")
        var run = RunFigure(
            component: component, mode: mode, due: due, started: outcome == .missed ? nil : due,
            ended: outcome == .missed ? nil : due.later(by: .seconds(minutes * 60)), outcome: outcome)
        if outcome == .done { (run.bytesRead, run.bytesNew, run.bytesStored) = (1 << 30, 1 << 24, 1 << 23) }
        return run
    }

    static func sample() throws -> SuccessReport {
        var runs = (1...31).map { run("documentation", "2026-10-\($0 < 10 ? "0" : "")\($0)") }
        runs += (1...30).filter { ![3, 4, 5, 20].contains($0) }.map {
            run("documentation", "2026-11-\($0 < 10 ? "0" : "")\($0)", minutes: Int64($0))
        }
        var failed = run("documentation", "2026-11-03", .failed)
        (failed.error, failed.message) = ("storage-full", "The disk <b>is full</b>.\u{1B}[2J")
        runs += [failed, run("documentation", "2026-11-04", .missed), run("documentation", "2026-11-05", .partial)]
        // Tried again, and done.
        var again = run("documentation", "2026-11-20")
        again.started = again.due?.later(by: .seconds(600))
        again.ended = again.due?.later(by: .seconds(900))
        runs += [run("documentation", "2026-11-20", .failed), again]
        runs.append(run("security", "2026-11-30"))
        return SuccessReport(
            project: "iqhis", period: try #require(ReportPeriod(month: "2026-11")), runs: runs,
            promises: [
                .init(component: "documentation", recoveryPoint: .seconds(25 * 3600)),
                .init(component: "security", recoveryPoint: nil),
                .init(component: "database", recoveryPoint: .seconds(21_600)),
            ], made: at("2026-12-01T06:00:00Z"))
    }

    @Test("counts each due time once, by the best that came of it")
    func counts() throws {
        let report = try Self.sample()
        let line = report.lines[0].now
        let counts = [line.due, line.done, line.failed, line.missed, line.partial]
        #expect(counts == [30, 27, 1, 1, 1])
        #expect(line.successRate == 0.9)
        #expect(report.lines[0].before.successRate == 1)
        #expect(report.troubles.map(\.outcome) == [.failed, .missed, .partial, .failed])
        #expect(report.lines.map(\.component) == ["documentation", "security", "database"])
        #expect(report.total.now.due == 31)
    }

    @Test("sees by time alone that a promise was broken")
    func breaches() throws {
        let report = try Self.sample()
        // From 3 Nov 01:00 (25 h after the 2nd) until the end of the run of the 6th.
        #expect(report.lines[0].breaches == 1)
        #expect(report.lines[0].breachSeconds == Double(3 * 86_400 - 3600 + 6 * 60))
        #expect(report.lines[2].breaches == 1, "a component without any backup is late from the beginning")
        #expect(report.lines[2].breachSeconds == 30 * 86_400 - 21_600)
        #expect(report.lines[1].breaches == 0, "nothing was promised")
    }

    @Test("is text, a page and JSON, each as it was looked at", arguments: ["txt", "html", "json"])
    func golden(_ kind: String) throws {
        let report = try Self.sample()
        let text = kind == "txt" ? report.text : kind == "html" ? report.html : report.json
        try Golden.compare(text, "success-report.\(kind)", beside: #filePath)
        #expect(!text.contains("<b>is full") || kind != "html", "what others said is escaped")
        #expect(!text.contains("\u{1B}"))
    }

    @Test("JSON is read by others")
    func json() throws {
        let object = try JSONSerialization.jsonObject(with: Data(try Self.sample().json.utf8)) as? [String: Any]
        #expect((object?["components"] as? [Any])?.count == 3)
    }

    @Test("a rate below a hundred is never shown as a hundred")
    func rates() {
        #expect(ReportWording.rate(0.9999) == "99.9 %")
        #expect(ReportWording.rate(1) == "100.0 %")
        #expect(ReportWording.rate(0) == "0.0 %")
        #expect(ReportWording.rate(nil) == "-")
    }

    @Test("months and days are found, and nonsense is none")
    func periods() throws {
        #expect(ReportPeriod(month: "2026-12")?.to == Self.at("2027-01-01T00:00:00Z"))
        #expect(ReportPeriod(month: "2026-01")?.before.from == Self.at("2025-12-01T00:00:00Z"))
        #expect(ReportPeriod(from: "2026-11-01", through: "2026-11-10")?.before.from == Self.at("2026-10-22T00:00:00Z"))
        #expect(ReportPeriod.lastMonth(before: Self.at("2026-01-01T00:00:00Z"))?.name == "2025-12")
        for text in ["2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "", "a-bb"] {
            #expect(ReportPeriod(month: text) == nil)
        }
        #expect(ReportPeriod(from: "2026-11-31", through: "2026-12-01") == nil)
        #expect(ReportPeriod(from: "2026-11-02", through: "2026-11-01") == nil)
    }

    @Test("nothing that ran is lost or counted twice, whatever ran")
    func property() throws {
        var random = SeededGenerator(seed: 5)
        let period = try #require(ReportPeriod(month: "2026-11"))
        for _ in 0..<300 {
            var runs: [RunFigure] = []
            for _ in 0..<Int(random.next() % 40) {
                let day = 1 + random.next() % 30
                runs.append(
                    Self.run(
                        ["a", "b"][Int(random.next() % 2)], "2026-11-\(day < 10 ? "0" : "")\(day)",
                        RunFigure.Outcome.allCases[Int(random.next() % 5)]))
            }
            let report = SuccessReport(
                project: "p", period: period, runs: runs.shuffled(using: &random), promises: [], made: period.to)
            let total = report.total.now
            let due = Set(runs.map { "\($0.component) \($0.due!)" })
            #expect(total.due == due.count)
            #expect(total.done + total.partial + total.failed + total.missed + total.running == due.count)
            #expect(total.bytesRead == runs.reduce(0) { $0 + $1.bytesRead })
        }
    }
}
