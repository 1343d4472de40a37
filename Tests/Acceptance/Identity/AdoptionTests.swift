import Foundation
import Testing

/// The strategy on a host with a directory of persons (SEC-4), by the program: what demands less is nobody's alone.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct AdoptionTests {
    private let hospital: Hospital
    private let file: String

    init() throws {
        hospital = try Hospital()
        file = hospital.place.scratch.path + "/safehold.yaml"
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        for login in ["anna", "ben", "carla", "otto"] { try hospital.login(login).mustBe(0) }
    }

    private func write(daily: Int = 7, more: String = "") throws {
        let text = """
            strategy: 1
            project: hospital
            stores:
              primary: { role: primary, site: here, location: \(hospital.place.repository) }
            components:
              wards:
                kind: documentation
                sources: [\(hospital.place.source)]
                schedule: { full: daily at 03:00 }
                retention: { daily: \(daily) }
            \(more)
            """
        _ = try hospital.place.scratch.write(text + "\n", "safehold.yaml")
    }

    private func run(_ login: String, _ words: String...) throws -> Ended {
        try hospital.run(
            login, words + ["--strategy", file, "--json"],
            settings: ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile])
    }

    /// What ben asks for, and anna and carla agree to.
    private func agreed(_ ended: Ended) throws -> String {
        let line = try #require(try ended.mustBe(0).lines().last)
        for login in ["anna", "carla"] {
            try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
        }
        return line.text("id")
    }

    @Test("A strategy that keeps less drops nothing before others have agreed; one that keeps more is followed at once")
    func weaker() throws {
        try write()
        try run("otto", "run").mustBeRefused("strategy-not-adopted")
        try run("ben", "run").mustBe(0)
        try run("otto", "run").mustBe(0)
        try write(daily: 1)
        try run("ben", "forget", "--dry-run").mustBeRefused("strategy-not-adopted")
        try run("otto", "run").mustBeRefused("strategy-not-adopted")
        // No backup is worse than one by a weak strategy.
        try run("ben", "run").mustBe(0)
        try run("ben", "forget", "--dry-run").mustBeRefused("strategy-not-adopted")
        try run("ben", "strategy", "adopt").mustBeRefused("approval-needed")
        let id = try agreed(try run("ben", "strategy", "adopt", "--request"))
        hospital.pass(seconds: 25 * 3600)
        for login in ["ben", "otto"] { try hospital.login(login).mustBe(0) }
        // What was agreed to is one file, and no other one.
        try write(daily: 2)
        try run("ben", "strategy", "adopt", "--request-id", id).mustBeRefused("approval-refused")
        try write(daily: 1)
        try run("ben", "strategy", "adopt", "--request-id", id).mustBe(0)
        try run("ben", "forget", "--dry-run").mustBe(0)
        try run("otto", "run").mustBe(0)
        try write(daily: 9)
        try run("ben", "strategy", "adopt").mustBe(0)
        // T-AT-01: what was there before and what is there now, by whom, and which file an entry of the audit log means.
        let versions = try hospital.run("ben", "strategy", "history", "--json").mustBe(0).lines()
        #expect(versions.count == 3 && versions[0].text("user") == "Ben Amsel")
        let changes = try versions.map { try #require($0.fields["changes"] as? [String]).joined(separator: "; ") }
        #expect(changes[0].contains("1") && changes[0].contains("9"), "\(changes)")
        #expect(changes[1].contains("7") && changes[1].contains("1"), "\(changes)")
        try hospital.login("anna").mustBe(0)
        let adopted = try hospital.run("anna", "audit", "search", "--act", "strategy-adopt", "--json").mustBe(0).text
        #expect(adopted.contains(versions[0].text("digest")) && adopted.contains(versions[1].text("digest")))
    }

    @Test("A strategy that runs other programs is carried out by nobody, the host's daemon neither") func programs()
        throws
    {
        let touched = hospital.place.scratch.path + "/touched"
        try write()
        try run("ben", "run").mustBe(0)
        try write(more: "    hooks: { after: [touch, \(touched)] }")
        try run("ben", "run").mustBeRefused("strategy-not-adopted")
        try run("otto", "run").mustBeRefused("strategy-not-adopted")
        try run("ben", "daemon").mustBe(12)
        #expect(!FileManager.default.fileExists(atPath: touched))
        let id = try agreed(try run("ben", "strategy", "adopt", "--request"))
        try run("ben", "strategy", "adopt", "--request-id", id).mustBe(0)
        try run("otto", "run").mustBe(0)
        #expect(FileManager.default.fileExists(atPath: touched))
    }

    @Test("Data of persons leaves when others have agreed: these snapshots, to this place") func personal() throws {
        try write(more: "    personal-data: yes")
        try run("ben", "run").mustBe(0)
        let out = hospital.place.scratch.path + "/wards.tar.gz"
        func export(_ more: String...) throws -> Ended {
            try hospital.run(
                "ben", ["export", "--component", "wards", "--project", "hospital", "--json"] + more,
                settings: ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile])
        }
        try export("--output", out, "--dry-run").mustBe(0)
        try export("--output", out).mustBeRefused("approval-needed")
        // A file at hand that says otherwise is no help.
        try write()
        try export("--output", out).mustBeRefused("approval-needed")
        let id = try agreed(try export("--output", out, "--request"))
        try export("--output", out + "2", "--request-id", id).mustBeRefused("approval-refused")
        #expect(!FileManager.default.fileExists(atPath: out))
        try export("--output", out, "--request-id", id).mustBe(0)
        #expect(FileManager.default.fileExists(atPath: out))
    }
}
