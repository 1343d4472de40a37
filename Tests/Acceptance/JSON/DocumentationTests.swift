import Foundation
import Testing

/// docs/json.md against what the program prints: neither can be changed without the other.
@Suite struct DocumentationTests {
    @Test("Every line of every command is as docs/json.md says, and everything that the page has is printed by some")
    func pageAndProgram() throws {
        let page = try DocumentedLines()
        var commands = try EveryCommand()
        try commands.runAll()
        var seen: [String: Set<String>] = [:]
        for printed in commands.printed {
            for line in printed.lines {
                #expect(page.problems(of: line).isEmpty, "\(printed.words): \(line.type)")
                seen[line.type, default: []].formUnion(line.fields.keys)
                if line.type == "summary" {
                    seen["summary of " + line.text("operation"), default: []].formUnion(line.fields.keys)
                }
            }
        }
        let rare = rare(page)
        for (type, fields) in page.types {
            let missing = Set(fields.keys).subtracting(seen[type, default: []]).subtracting(
                rare[type, default: []])
            #expect(missing == [], "\(type): no command printed it")
        }
    }

    /// What takes something that a test cannot count on: a fault of the disk, a C compiler, root.
    private func rare(_ page: DocumentedLines) -> [String: Set<String>] {
        var rare: [String: Set<String>] = [:]
        if !Faults.isAvailable {
            (rare["entry"], rare["progress"]) = (["problem"], Set(page.types["progress", default: [:]].keys))
        }
        // A directory cannot lock: what a bucket's locks are told as, Stores/ has.
        rare["lock"] = ["number", "since", "classes", "cohort_days", "minimum_days", "maximum_days"]
        rare["store"] = [
            "encryption", "hybrid_key_exchange", "versions", "default_retention_mode", "default_retention_days",
            "requests",
            "requests_at_once", "round_trip_seconds", "clock_ahead_seconds", "untried",
        ]
        for type in ["store-finding", "store-change", "store-access", "store-log"] {
            rare[type] = Set(page.types[type, default: [:]].keys)
        }
        rare["hold"] = ["objects"]
        // They take a provider of single sign-on: Identity/ has one.
        (rare["provider"], rare["person"]) = (Set(page.types["provider", default: [:]].keys), ["subject"])
        // Where the kernel knows of a login; sessions are to come.
        rare["audit-act"] = ["login_uid", "person", "role", "session"]
        // They take a server: Databases/ has them.
        for type in [
            "table-difference", "summary of database-compare", "summary of recover", "summary of wal-receive",
            "wal-archived", "wal-server",
        ] {
            rare[type] = Set(page.types[type, default: [:]].keys)
        }
        // It takes base backups.
        rare["corruption"] = ["part"]
        rare["finding", default: []].formUnion(["intact_snapshot", "intact_time"])
        rare["wal-gap"] = Set(page.types["wal-gap", default: [:]].keys)
        // A daemon's: Daemon/ has them.
        rare["incident"] = Set(page.types["incident", default: [:]].keys)
        rare["status"] = ["daemon_started"]
        // What is unusual of an ordinary run.
        rare["run"] = ["due", "anomaly"]
        // What no schedule asked for is not due, and was not there a month before: StrategyTests/Report has them.
        rare["success-trouble"] = ["due"]
        for type in ["success", "success-total"] { rare[type] = ["before_success_rate", "before_average_seconds"] }
        rare["store-status"] = ["last_run", "last_outcome"]
        rare["run-line"] = Set(page.types["run-line", default: [:]].keys)
        // The component of these commands has a name of no kind.
        for type in ["export-component", "restored-component"] { rare[type] = ["kind"] }
        rare["summary of wal-check"] = ["server"]
        for type in ["summary of collect", "erasure", "summary of erase", "summary of erase-status"] {
            rare[type] = ["locked_until"]
        }
        if !Hospital.isAvailable {
            rare["person"] = Set(page.types["person", default: [:]].keys)
            rare["approval-request"] = Set(page.types["approval-request", default: [:]].keys)
            rare["identity"] = ["login", "person", "session"]
            for type in ["signature", "agency-letter"] { rare[type] = Set(page.types[type, default: [:]].keys) }
        }
        if !isRoot { rare["entry", default: []].formUnion(["major", "minor"]) }
        return rare
    }

    @Test("The page describes the types that the example shows, and the example is as the page says") func example()
        throws
    {
        let page = try DocumentedLines()
        let text = try String(contentsOf: packageRoot.appending(path: "docs/json.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("{") && $0.contains("\"operation\"") }
        try #require(lines.count == 3)
        for line in lines {
            // Ids are left out of the example.
            let whole = line.replacing("\"…\"", with: "\"\(String(repeating: "0", count: 64))\"")
            let ended = Ended(way: .exit(0), output: String(whole).bytes, errors: [])
            for line in try ended.lines() { #expect(page.problems(of: line).isEmpty) }
        }
    }

    @Test("A line that the page does not describe is noticed") func notices() throws {
        let page = try DocumentedLines()
        func line(_ fields: [String: Any]) -> Summary {
            Summary(fields: fields.merging(["schema": 1, "type": "warning"]) { given, _ in given })
        }
        #expect(page.problems(of: line(["message": "x"])).isEmpty)
        for wrong: [String: Any] in [
            [:], ["message": 1], ["message": "x", "more": 1], ["message": "x", "schema": 2], ["type": "surprise"],
            ["message": "x", "message_base64": "eA=="], ["message": true],
        ] { #expect(!page.problems(of: line(wrong)).isEmpty, "\(wrong)") }
    }
}
