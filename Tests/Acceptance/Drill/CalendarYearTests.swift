import Foundation
import Testing

/// A year of the calendar (VER-2, VER-3, VER-4): the host's clocks go on by a month at a time, and the daemon is started anew each time.
@Suite("A year of tests and drills", .enabled(if: Faults.isAvailable, Faults.reason)) struct CalendarYearTests {
    private static let day = 86_400.0
    private static let calendar = {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = .gmt
        return calendar
    }()

    @Test("holds every one that was due, each with its record, and all records are as the audit log has them")
    func year() throws {
        let desk = try DaemonPlace(
            components: "docs: { kind: documentation, sources: [docs], schedule: { full: monthly on 1 } }")
        let copy = desk.place.scratch.path + "/copy"
        try ChildProcess.shell(
            """
            sed -i "s|^components:|  secondary: { role: secondary, site: there, location: $2, copy-of: primary, schedule: monthly on 1 at 06:00 }\\ncomponents:|" "$1"
            cat >> "$1" << END
            upkeep: { passphrase-file: $3 }
            drills:
              restore-test: { schedule: monthly on 2 at 02:00 }
              disaster-recovery: { schedule: quarterly on 3 at 02:00 }
              full-system: { schedule: yearly on 02-01 at 02:00 }
            END
            """, desk.strategyFile, copy, desk.place.passphraseFile)
        try ChildProcess.shell("seq 500 > 1; seq 900 > 2", directory: try desk.folder("docs"))
        let begin = Date.now
        try desk.start()
        try desk.wait("the first backup") { try !desk.runs("docs", "complete").isEmpty }
        try desk.stop().mustBe(0)
        try ChildProcess.run(
            [program, "replicate", "--repository", desk.place.repository, "--to", copy, "--create"],
            environment: desk.environment
        ).mustBe(0)
        var expected: Set<String> = []
        for month in 1...12 {
            // At noon of the fourth, when everything of the month is due.
            let first = try #require(Self.calendar.dateInterval(of: .month, for: begin)?.start)
            let noon = try #require(Self.calendar.date(byAdding: .month, value: month, to: first))
                .addingTimeInterval(3.5 * Self.day)
            for (mode, months, due) in Self.dues where months.contains(Self.calendar.component(.month, from: noon)) {
                expected.insert("\(mode) \(noon.formatted(.iso8601.year().month()))-\(due)")
            }
            let passed = Int(noon.timeIntervalSince(begin))
            try desk.start(try Faults.environment(["FAULT_PASSED": "\(passed)"]))
            try desk.wait("month \(month)") { try Self.held(desk).isSuperset(of: expected) }
            try desk.stop().mustBe(0)
        }
        #expect(try Self.held(desk) == expected && expected.count == 12 + 4 + 1)
        let verified = try ChildProcess.run([program, "drill", "verify", "--json"], environment: desk.environment)
        // The full system is from two stores.
        #expect(try verified.mustBe(0).summary()["records"] == 12 + 4 + 2)
        let passed = try ChildProcess.run([program, "drill", "list", "--json"], environment: desk.environment).mustBe(0)
        #expect(try passed.lines().allSatisfy { $0.text("verdict") == "passed" }, passed.said)
    }

    private static let dues = [
        ("restore-test", Set(1...12), "02"), ("disaster-recovery", [1, 4, 7, 10], "03"), ("full-system", [2], "01"),
    ]

    /// What was held, by the day on which it was due.
    private static func held(_ desk: DaemonPlace) throws -> Set<String> {
        let modes = Set(dues.map(\.0))
        return Set(
            try desk.runs().filter { modes.contains($0.text("mode")) && $0.text("outcome") == "complete" }.map {
                "\($0.text("mode")) \($0.text("due").prefix(10))"
            })
    }
}
