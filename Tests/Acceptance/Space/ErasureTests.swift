import Foundation
import Glibc
import TestSupport
import Testing

/// What may not be kept any longer (GDPR Art. 17), by the program as it is used.
@Suite("Erasing") struct ErasureTests {
    private let place: Place
    private let kept: String
    private let study: String
    private let reason = ["--reason", "Erasure order 17/2026"]

    /// Two components that share a file; the one that is erased has two snapshots.
    init() throws {
        place = try Place()
        (kept, study) = (place.source + "/kept", place.source + "/study")
        try ChildProcess.shell(
            """
            mkdir kept study; head -c 300000 /dev/urandom > kept/shared; cp kept/shared study/
            head -c 600000 /dev/urandom > study/patients
            """, directory: place.source)
        for name in ["kept", "study", "study"] {
            try place.backup("--component", name, "--delta", place.source + "/" + name)
        }
    }

    private var owner: [String: String] {
        place.writing.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 }
    }

    private func own(_ words: [String]) throws -> Ended {
        try ChildProcess.run([program] + words + ["--json"], environment: owner)
    }

    private func plan(_ words: [String] = ["--component", "study"]) throws -> Summary {
        try ChildProcess.run([program, "erase", "--dry-run", "--json"] + words, environment: place.reading).mustBe(0)
            .summary()
    }

    private func size() throws -> Int {
        let text = try ChildProcess.shell("cat packs/*/* meta/*/* | wc -c", directory: place.repository)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    private func left(of component: String) throws -> [String] {
        try place.snapshots().filter { $0.text("component") == component }.map { $0.text("id") }
    }

    @Test(
        "A component is erased by a confirmed plan and a reason; after a collection nothing of it is there, and all else is"
    )
    func component() throws {
        let erased = try left(of: "study")
        let planned = try plan()
        let digest = planned.text("plan")
        #expect(planned["snapshots"] == 2 && planned["only_bytes"] > 600_000 && planned["only_bytes"] < 700_000)
        let erase = ["erase", "--component", "study"]
        try own(erase + ["--confirm", digest]).mustBeRefused("audit-reason-missing", 2)
        try own(erase + reason).mustBeRefused("plan-unconfirmed", 2)
        #expect(try left(of: "study") == erased)
        let (before, versions) = (try size(), place.home + "/*/versions/*/*")
        try ChildProcess.shell("ls \(versions)")

        try own(erase + reason + ["--confirm", digest]).mustBe(0)
        #expect(try left(of: "study").isEmpty)
        for words in [["ls", erased[0]], ["cat", erased[0], study + "/patients"]] {
            try ChildProcess.run([program] + words, environment: place.reading).mustBe(10)
        }
        #expect(try place.read("find", "patients", "--json").mustBe(0).lines().isEmpty)
        // What the host kept of the newest version is gone with it, and what it kept of the other is there.
        #expect(try ChildProcess.shell("ls -d \(place.home)/*/versions/*").split(separator: "\n").count == 1)
        #expect(try ChildProcess.shell("ls \(place.home)/*/listings").split(separator: "\n").count == 1)

        let status = ["erase", "--status", String(digest.prefix(12)), "--json"]
        #expect(try ChildProcess.run([program] + status, environment: place.reading).mustBe(3).summary()["gone"] == 0)
        try place.read("collect", "--compact-below", "100").mustBe(0)
        let gone = try ChildProcess.run([program] + status, environment: place.reading).mustBe(0).summary()
        #expect(gone["gone"] == 1 && gone["bytes"] == 0 && (gone.fields["snapshots"] as? [String])?.count == 2)
        #expect(try before - size() > 600_000)
        try place.verify("--read-data").mustBe(0)
        try Comparison.expectSame(kept, try place.restored("latest:kept"))
        // Nobody is told that it is there still: a backup of the same stores it anew.
        try place.backup("--component", "study", study)
        try Comparison.expectSame(study, try place.restored("latest:study"))
    }

    @Test("Nothing is erased over a legal hold, and the plan says which snapshot is under one") func held() throws {
        let (all, digest) = (try left(of: "study"), try plan().text("plan"))
        try place.administer("hold", "add", all[0], "--reason", "Order of the court").mustBe(0)
        let planned = try ChildProcess.run(
            [program, "erase", "--dry-run", "--component", "study", "--json"], environment: place.reading
        ).mustBe(0).lines()
        #expect(planned.filter { $0.type == "erasure" && $0["held"] == 1 }.map { $0.text("id") } == [all[0]])
        #expect(planned.last?["blocked"] == 1)
        let refused = try own(["erase", "--component", "study", "--confirm", digest] + reason).mustBe(2).error()
        #expect(refused.text("message").contains(all[0].prefix(12)))
        #expect(try left(of: "study") == all)
        // The one that is not held can go.
        let one = ["--snapshot", all[1]]
        try own(["erase", "--confirm", try plan(one).text("plan")] + one + reason).mustBe(0)
        #expect(try left(of: "study") == [all[0]])
    }

    @Test(
        "An erasure that was killed is brought to its end by the next one",
        .enabled(if: Faults.isAvailable, Faults.reason)) func killed() throws
    {
        let erase = [program, "erase", "--component", "study"] + reason
        let digest = try plan().text("plan")
        let saved = place.scratch.path + "/saved"
        try ChildProcess.shell("mkdir \"$3\"; cp -a \"$1\" \"$2\" \"$3\"", place.repository, place.home, saved)
        let calls = try Faults.count(erase + ["--confirm", digest], owner)
        let rounds = Soak.count(2, full: calls)
        for round in 0..<rounds {
            try ChildProcess.shell(
                "rm -rf \"$1\" \"$2\"; cp -a \"$3\"/. \"$4\"", place.repository, place.home, saved, place.scratch.path)
            let call = calls - round * calls / rounds - 1
            let ended = try ChildProcess.run(
                erase + ["--confirm", digest], environment: owner.merging(try Faults.killing(at: max(1, call))) { $1 })
            #expect(ended.way == .signal(SIGKILL), "call \(call): \(ended.said)")
            if try !left(of: "study").isEmpty {
                try ChildProcess.run(erase + ["--confirm", try plan().text("plan")], environment: owner).mustBe(0)
            }
            #expect(try left(of: "study").isEmpty && left(of: "kept").count == 1, "call \(call)")
        }
        try place.verify().mustBe(0)
    }
}
