import Foundation
import Testing

/// What comes of a backup in which a component's files became unreadable (EMG-2, docs/anomalies.md).
@Suite("An anomaly") struct AnomalyAlarmTests {
    private static func desk() throws -> DaemonPlace {
        let desk = try DaemonPlace(
            components: """
                docs:
                  kind: documentation
                  sources: [docs]
                  schedule: { full: every 6h }
                  retention: { last: 1 }
                notes:
                  kind: documentation
                  sources: [notes]
                  schedule: { full: every 6h }
                  retention: { last: 1 }
                """)
        for name in ["docs", "notes"] {
            try ChildProcess.shell(
                "for i in $(seq 120); do seq $i $((i + 300)) > $i.txt; done", directory: try desk.folder(name))
        }
        return desk
    }

    private static func safehold(_ desk: DaemonPlace, _ words: String...) throws -> Ended {
        try ChildProcess.run(
            [program] + words,
            environment: desk.environment.merging(["SAFEHOLD_REPOSITORY": desk.place.repository]) {
                $1
            })
    }

    @Test("is told by the daemon, keeps what is older, names the last clean snapshot, and is over once it is cleared")
    func told() throws {
        let desk = try Self.desk()
        func run() throws { try Self.safehold(desk, "run", "--strategy", desk.strategyFile).mustBe(0) }
        try run()
        let clean = try #require(try desk.runs("docs", "complete").last).text("snapshot")
        try ChildProcess.shell(
            "for i in *; do head -c 900 /dev/urandom > \"$i\"; done", directory: try desk.folder("docs"))
        try ChildProcess.shell("seq 7 > 7.txt", directory: try desk.folder("notes"))
        try run()

        try desk.start()
        func incidents() throws -> [Summary] {
            try Self.safehold(desk, "status", "--strategy", desk.strategyFile, "--json").lines().filter {
                $0.type == "incident" && $0.text("event") == "anomaly.found"
            }
        }
        try desk.wait("the incident") {
            try incidents().map { $0.text("severity") } == ["critical"]
                && desk.messages.contains("anomaly.found critical")
        }
        let listed = try Self.safehold(desk, "anomalies", "--json").mustBe(3)
        #expect(try listed.lines().contains { $0.text("last_clean") == clean }, listed.said)
        let words = [program, "forget", "--strategy", desk.strategyFile, "--dry-run", "--json"]
        let forget = try ChildProcess.run(words, environment: desk.place.reading).mustBe(0)
        let gone = try forget.lines().filter { $0.type == "retention" && $0.fields["kept"] as? Bool == false }
        // The daemon may have backed up once more meanwhile.
        #expect(Set(gone.map { $0.text("component") }) == ["notes"], forget.said)

        try Self.safehold(desk, "anomalies", "clear", "docs", "--reason", "a test").mustBe(0)
        try desk.wait("its end") { try incidents().isEmpty }
        try desk.stop()
    }
}
