import Foundation
import Testing

/// Who has which medium.
@Suite(.serialized, .enabled(if: Mount.isPossible, Mount.reason)) struct CustodyTests {
    private func list(_ desk: MediumDesk, home: String? = nil) throws -> [Summary] {
        let environment = home.map { ["SAFEHOLD_HOME": $0] } ?? [:]
        return try desk.media("list", environment: environment).mustBe(0).lines()
    }

    private let box = ["--custodian", "A. Weber", "--location", "bank, box 12"]

    @Test("A medium goes out and comes back, by its path or its label, and is overdue after its day") func outAndIn()
        throws
    {
        let desk = try #require(try MediumDesk())
        let run = { (words: [String]) in
            try ChildProcess.run([program, "media"] + words + ["--json"], environment: desk.place.writing)
        }
        try run(["out", desk.path, "--due", "2020-02-29"] + box).mustBe(0)
        let late = try #require(try list(desk).first)
        #expect(late.text("custodian") == "A. Weber" && late.text("location") == "bank, box 12")
        #expect(late.fields["out"] as? Bool == true && late.fields["overdue"] as? Bool == true)
        try run(["in", "A", "--location", "shelf 3"]).mustBe(0)
        let back = try #require(try list(desk).first)
        #expect(
            back.fields["out"] as? Bool == false && back.fields["custodian"] == nil
                && back.text("location") == "shelf 3")
        try run(["out", "A", "--due", "2199-12-31", "--site", "bank"] + box).mustBe(0)
        let out = try #require(try list(desk).first)
        #expect(out.fields["overdue"] as? Bool == false && out.text("site") == "bank")
        for (words, status) in [(["out", "A", "--due", "2026-02-30"], 2), (["out", "B", "--due", "2030-01-01"], 10)] {
            try run(words + box).mustBe(Int32(status))
        }
        let table = try ChildProcess.run([program, "media", "list"], environment: desk.place.writing).mustBe(0).text
        #expect(table.contains("A. Weber, bank, box 12") && table.contains("2199-12-31"))
    }

    @Test(
        "What the book learnt while the medium was away, the medium gets when it is attached; and the other way round")
    func twoHosts()
        throws
    {
        let desk = try #require(try MediumDesk())
        let journal = desk.path + "/.safehold-medium/journal"
        try desk.media("out", "A", "--custodian", "x", "--location", "y", "--due", "2030-01-01").mustBe(0)
        #expect(try !String(contentsOfFile: journal, encoding: .utf8).contains("event = out"))
        // Another host has the medium, and knows nothing of the first one's book.
        let second = desk.place.scratch.path + "/second"
        #expect(try list(desk, home: second).isEmpty)
        try desk.media("in", desk.path, "--location", "there", environment: ["SAFEHOLD_HOME": second]).mustBe(0)
        #expect(try list(desk, home: second).first?.text("location") == "there")
        // Back at the first: both histories, none lost.
        try desk.media("in", desk.path, "--location", "here").mustBe(0)
        let lines = try String(contentsOfFile: journal, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 4)
        for part in ["event = made", "location = there", "event = out", "location = here"] {
            #expect(lines.filter { $0.contains(part) }.count == 1, "\(part): \(lines)")
        }
        #expect(try list(desk).first?.text("location") == "here")
    }

    @Test("A journal that somebody altered is not believed behind that line; its copy is") func altered() throws {
        let desk = try #require(try MediumDesk())
        try desk.media("out", desk.path, "--custodian", "x", "--location", "y", "--due", "2030-01-01").mustBe(0)
        let change = "sed -i 's/custodian = x/custodian = z/' "
        let strange = ["SAFEHOLD_HOME": desk.place.scratch.path + "/second"]
        try ChildProcess.shell(change + ".safehold-medium/journal", directory: desk.path)
        try desk.media("check", desk.path, environment: strange).mustBe(0)
        #expect(try list(desk, home: desk.place.scratch.path + "/second").first?.text("custodian") == "x")
        try ChildProcess.shell(change + ".safehold-medium/journal .safehold-medium/journal.copy", directory: desk.path)
        let third = desk.place.scratch.path + "/third"
        try desk.media("check", desk.path, environment: ["SAFEHOLD_HOME": third]).mustBe(0)
        let seen = try #require(try list(desk, home: third).first)
        #expect(seen.fields["custodian"] == nil && seen.text("label") == "A")
    }
}
