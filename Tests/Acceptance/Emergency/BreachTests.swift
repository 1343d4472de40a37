import Foundation
import Testing

/// The procedure of a security breach (EMG-2, docs/emergency.md).
@Suite("A breach") struct BreachTests {
    @Test("takes nothing for clean that another writer of the same host backed up after the alarm") func enrolledAnew()
        throws
    {
        let place = try EmergencyPlace()
        let docs = try place.desk.folder("docs")
        try ChildProcess.shell("for i in $(seq 120); do seq $i $((i + 300)) > $i.txt; done", directory: docs)
        try place.run()
        let clean = try place.snapshot()
        try ChildProcess.shell("for i in *; do head -c 900 /dev/urandom > \"$i\"; done", directory: docs)
        try place.run()
        try place.safehold("keys", "withdraw", "--this-host", "--reason", "x").mustBe(0)
        try place.safehold("init", "--join").mustBe(0)
        try place.run()
        let newest = try place.snapshot()
        try place.safehold("emergency", "start", "breach", "docs", "--cause", "strange files").mustBe(0)
        for _ in 0..<2 { try place.safehold("emergency", "next").mustBe(0) }
        let holds = try place.safehold("hold", "list", "--json").mustBe(0)
        #expect(try Set(holds.lines().map { $0.text("id") }) == [clean, newest], holds.said)
    }

    @Test(
        "isolates, holds what it restores from, restores the last clean backup into a clean place, and drops nothing meanwhile"
    )
    func whole() throws {
        let place = try EmergencyPlace()
        let docs = try place.desk.folder("docs")
        try ChildProcess.shell("for i in $(seq 120); do seq $i $((i + 300)) > $i.txt; done", directory: docs)
        let before = place.desk.place.scratch.path + "/before"
        try ChildProcess.shell("cp -a \"$1\" \"$2\"", docs, before)
        try place.run()
        let clean = try place.snapshot()
        try ChildProcess.shell("for i in *; do head -c 900 /dev/urandom > \"$i\"; done", directory: docs)
        try place.run()

        let known = "2026-01-02T03:04:05Z"
        try place.safehold("emergency", "start", "breach", "docs", "--cause", "strange files", "--known", known).mustBe(
            0)
        for words in [["forget", "--keep-last", "1"], ["collect"], ["erase", "--component", "docs", "--reason", "x"]] {
            let refused = try place.safehold(words + ["--json"]).mustBe(12)
            #expect(try refused.error().text("code") == "retention-frozen", refused.said)
        }
        let status = try place.safehold("emergency", "status").mustBe(0).text
        #expect(status.contains("until 2026-01-05 03:04:05") && status.contains("OVERDUE"), Comment(rawValue: status))

        let steps = try place.finish()
        #expect(steps.prefix(2) == ["isolate", "secure-backups"] && place.done == ["isolate firewall"])
        // Whoever has this host's key adds nothing with it.
        let refused = try place.safehold("run", "docs", "--json").mustBe(12)
        #expect(refused.text.contains("writer-withdrawn"), refused.said)
        try ChildProcess.shell("diff -r \"$1\" \"$2\"", before, place.target + docs)
        let holds = try place.safehold("hold", "list", "--json").mustBe(0)
        let newest = try place.snapshot()
        #expect(try Set(holds.lines().map { $0.text("id") }) == [clean, newest], holds.said)
        let folder = "\(place.desk.place.home)/emergency/\(try place.id())"
        // When it was, and who was about, is beside it.
        let found = try String(contentsOfFile: folder + "/find-breach-1.txt", encoding: .utf8)
        #expect(found.contains("\"files\":120") && found.contains("safehold audit search --since"), "\(found)")
        #expect(found.contains("emergency-start") && found.contains("Logins from"), "\(found)")
        let differences = try String(contentsOfFile: folder + "/compare-1.txt", encoding: .utf8)
        #expect(differences.contains("/docs/120.txt"))
        let report = try place.safehold("emergency", "report").mustBe(0).text
        #expect(
            report.contains("GDPR, article 33") && report.contains("45 CFR 164.404") && report.contains("strange files")
        )
        // It is over, and so is the freeze.
        try place.safehold("forget", "--keep-last", "1", "--dry-run").mustBe(0)
    }
}
