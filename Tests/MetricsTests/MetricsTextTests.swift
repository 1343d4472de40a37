import Foundation
import Primitives
import Testing

@testable import Metrics

enum Promtool {
    static let path = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}

@Suite("Numbers for monitoring systems")
struct MetricsTextTests {
    static let packaging = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "packaging")

    private func promtool(_ words: [String], _ input: String = "") throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Promtool.path))
        process.arguments = words
        let (stdin, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (stdin, output, output)
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try stdin.fileHandleForWriting.close()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    @Test(
        "Prometheus' own tool finds nothing wrong with them",
        .enabled(if: Promtool.path != nil, "promtool is not installed"))
    func check() throws {
        let full = try promtool(["check", "metrics"], MetricsText.of(Snapshots.full))
        #expect(full.status == 0, "\(full.said)")
        var broken = MetricsText.of(Snapshots.full)
        broken.replace("safehold_up 1", with: "safehold_up one")
        #expect(try promtool(["check", "metrics"], broken).status != 0)
    }

    @Test("every metric has a value when all is known, and says what it is")
    func complete() {
        let text = MetricsText.of(Snapshots.full)
        for family in MetricFamily.all {
            #expect(text.contains("# HELP \(family.name) "), "\(family.name)")
            #expect(text.contains("\n\(family.name){") || text.contains("\n\(family.name) "), "\(family.name)")
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"))
        }
        #expect(Set(MetricFamily.all.map(\.name)).count == MetricFamily.all.count)
    }

    @Test("names are escaped, and what is unknown is left out")
    func lines() {
        let text = MetricsText.of(Snapshots.full)
        #expect(
            text.contains(#"safehold_backup_age_seconds{component="a \"quoted\\\nname",kind="database"} 3600"# + "\n"))
        #expect(
            text.contains(
                #"safehold_backup_last_duration_seconds{component="a \"quoted\\\nname",kind="database"} 12.5"#))
        #expect(text.contains(#"safehold_component_state{component="b",kind="source",state="never"} 1"#))
        #expect(text.contains(#"safehold_component_state{component="b",kind="source",state="healthy"} 0"#))
        #expect(!text.contains(#"safehold_backup_age_seconds{component="b""#))
        #expect(text.contains(#"safehold_wal_archived_age_seconds{component="a \"quoted\\\nname",kind="database"} 10"#))
        #expect(!text.contains(#"safehold_wal_slot_lag_bytes{component="b""#))
        #expect(
            text.contains(
                "safehold_backup_last_size_bytes{component=\"a \\\"quoted\\\\\\nname\",kind=\"database\"} 1099511627776"
            ))
    }

    @Test("OpenMetrics names a counter without its ending, and ends")
    func openMetrics() {
        let text = MetricsText.of(Snapshots.full, .openMetrics)
        #expect(text.contains("# TYPE safehold_backup_runs counter\nsafehold_backup_runs_total{"))
        #expect(text.hasSuffix("# EOF\n"))
    }

    @Test("the file is whole at every moment, readable by all, and has the ending that is looked for")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "safehold-prom-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try MetricsFile.write(Snapshots.full, to: folder + "/safehold.prom")
        try MetricsFile.write(Snapshots.full, to: folder + "/safehold.prom")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["safehold.prom"])
        let mode =
            try FileManager.default.attributesOfItem(atPath: folder + "/safehold.prom")[.posixPermissions] as? Int
        #expect(mode == 0o644)
        #expect(throws: Failure.self) { try MetricsFile.write(Snapshots.full, to: folder + "/safehold.txt") }
    }

    @Test(
        "the rules of alerts hold, and fire when they are to",
        .enabled(if: Promtool.path != nil, "promtool is not installed"))
    func rules() throws {
        let folder = Self.packaging.appending(path: "prometheus")
        let check = try promtool(["check", "rules", folder.appending(path: "safehold.rules.yml").path])
        #expect(check.status == 0, "\(check.said)")
        let test = try promtool(["test", "rules", folder.appending(path: "safehold.rules.test.yml").path])
        #expect(test.status == 0, "\(test.said)")
    }

    @Test(
        "rules and dashboard ask for nothing that is not there",
        arguments: ["prometheus/safehold.rules.yml", "grafana/safehold.json"])
    func names(_ path: String) throws {
        let data = try Data(contentsOf: Self.packaging.appending(path: path))
        if path.hasSuffix(".json") {
            let board = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect((board["panels"] as? [Any])?.count ?? 0 > 10)
        }
        let known = Set(MetricFamily.all.map(\.name))
        let text = String(decoding: data, as: UTF8.self)
        let names = Set(text.matches(of: /safehold_[a-z_]+/).map { String($0.output) })
        #expect(names.count >= 10)
        #expect(names.subtracting(known) == [])
    }

    @Test("docs/metrics.md lists every one of them with what it is")
    func documented() throws {
        let page = Self.packaging.deletingLastPathComponent().appending(path: "docs/metrics.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let listed = lines.filter { $0.hasPrefix("| `safehold_") }.map { String($0) }
        #expect(listed == MetricFamily.all.map { "| `\($0.name)` | \($0.help) |" })
    }
}
