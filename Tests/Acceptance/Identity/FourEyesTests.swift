import Foundation
import Testing

/// What nobody does alone (SEC-4), by the program.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct FourEyesTests {
    private func withKey(_ hospital: Hospital, _ login: String, _ words: [String]) throws -> Ended {
        try hospital.run(
            login, words + ["--json"], settings: ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile])
    }

    private func backUp(_ hospital: Hospital, _ content: String) throws -> String {
        try ChildProcess.shell("echo \"$1\" > \"$2\"/file", content, hospital.place.source)
        return try hospital.run("otto", "backup", hospital.place.source, "--json").mustBe(0).summary().snapshot
    }

    private func snapshots(_ hospital: Hospital) throws -> [String] {
        try hospital.place.snapshots().map { $0.text("id") }
    }

    @Test("Snapshots are dropped by three people within days, exactly those that were agreed to, and once")
    func forgetting()
        throws
    {
        let hospital = try Hospital()
        for login in ["otto", "ben", "anna", "carla"] { try hospital.login(login).mustBe(0) }
        let (first, second) = (try backUp(hospital, "one"), try backUp(hospital, "two"))
        try withKey(hospital, "ben", ["forget", "--snapshot", first]).mustBeRefused("approval-needed")
        try withKey(hospital, "anna", ["forget", "--snapshot", first, "--request"]).mustBeRefused("not-permitted")
        let request = try #require(
            try withKey(hospital, "ben", ["forget", "--snapshot", first, "--request"]).mustBe(0).lines().last)
        let (id, plan) = (request.text("id"), request.text("plan"))
        #expect(request.text("act") == "drop-snapshots" && request["needed"] == 2)
        #expect((request.fields["lines"] as? [String])?.contains { $0.hasPrefix("drop \(first)") } == true)
        try withKey(hospital, "ben", ["forget", "--request-id", id]).mustBeRefused("approval-refused")
        // His own word does not count, nor one for another plan, nor that of who may not agree.
        try hospital.run("ben", "approve", id, "--plan", plan, "--json").mustBeRefused("approval-refused")
        try hospital.run("anna", "approve", id, "--plan", String(plan.reversed()), "--json")
            .mustBeRefused("approval-refused")
        try hospital.run("otto", "approve", id, "--plan", plan, "--json").mustBeRefused("not-permitted")
        try hospital.run("anna", "approve", id, "--plan", plan).mustBe(0)
        try hospital.run("anna", "approve", id, "--plan", plan, "--json").mustBeRefused("approval-refused")
        try hospital.run("carla", "approve", id, "--plan", plan).mustBe(0)
        // Too early still, and a day later not.
        try withKey(hospital, "ben", ["forget", "--request-id", id]).mustBeRefused("approval-refused")
        hospital.pass(seconds: 25 * 3600)
        for login in ["ben", "otto"] { try hospital.login(login).mustBe(0) }
        let third = try backUp(hospital, "three")
        try withKey(hospital, "ben", ["forget", "--request-id", id]).mustBe(0)
        #expect(Set(try snapshots(hospital)) == [second, third])
        try withKey(hospital, "ben", ["forget", "--request-id", id]).mustBe(12)
        let all = try hospital.run("ben", "approve", "list", "--all", "--json").mustBe(0).lines()
        #expect(all.map { $0.text("state") } == ["executed"])
    }

    @Test("Who was put out after he agreed does not count, and a request that was withdrawn or is too old is over")
    func over() throws {
        let hospital = try Hospital()
        for login in ["otto", "ben", "anna", "carla"] { try hospital.login(login).mustBe(0) }
        let first = try backUp(hospital, "one")
        _ = try backUp(hospital, "two")
        func ask() throws -> (String, String) {
            let line = try #require(
                try withKey(hospital, "ben", ["forget", "--snapshot", first, "--request"]).mustBe(0).lines().last)
            return (line.text("id"), line.text("plan"))
        }
        let (id, plan) = try ask()
        for login in ["anna", "carla"] { try hospital.run(login, "approve", id, "--plan", plan).mustBe(0) }
        try hospital.run("anna", "users", "remove", "carla").mustBe(0)
        let (other, _) = try ask()
        try hospital.run("anna", "approve", "withdraw", other).mustBe(0)
        hospital.pass(seconds: 25 * 3600)
        try hospital.login("ben").mustBe(0)
        try withKey(hospital, "ben", ["forget", "--request-id", id]).mustBeRefused("approval-needed")
        try withKey(hospital, "ben", ["forget", "--request-id", other]).mustBeRefused("approval-refused")
        hospital.pass(seconds: 48 * 3600)
        try hospital.login("ben").mustBe(0)
        try withKey(hospital, "ben", ["forget", "--request-id", id]).mustBeRefused("approval-refused")
        #expect(try snapshots(hospital).count == 2)
    }

    @Test("A role that does more, and a password, are given by three people; who gets one has no hand in it")
    func letting()
        throws
    {
        let hospital = try Hospital()
        for login in ["ben", "anna", "carla"] { try hospital.login(login).mustBe(0) }
        func agreed(_ words: [String]) throws -> String {
            let line = try #require(try hospital.run("anna", words + ["--request", "--json"]).mustBe(0).lines().last)
            for login in ["ben", "carla"] {
                try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
            }
            return line.text("id")
        }
        let hanna = ["--printed-name", "Hanna Hahn", "--reference", "77", "--document", "passport"]
        try hospital.run("anna", ["users", "add", "hanna"] + hanna).mustBe(0)
        try hospital.run("anna", "users", "reset", "hanna", "--json").mustBeRefused("approval-needed")
        let handover = hospital.place.scratch.path + "/handed"
        let reset = try agreed(["users", "reset", "hanna"])
        // What was agreed for one is nothing for another.
        try hospital.run("anna", "users", "reset", "otto", "--request-id", reset, "--handover", handover, "--json")
            .mustBeRefused("approval-refused")
        try hospital.run("anna", "users", "reset", "hanna", "--request-id", reset, "--handover", handover).mustBe(0)
        let role = try agreed(["users", "grant", "hanna", "technical-lead"])
        try hospital.run("anna", "users", "grant", "hanna", "technical-lead", "--request-id", role).mustBe(0)
        let chosen = try hospital.place.scratch.write("somebody swims in the lake\n", "hanna.password")
        try hospital.run(
            "hanna", "login", "hanna", "--password-file", handover + "/hanna", "--new-password-file", chosen,
            "--handover", hospital.place.scratch.path + "/hanna"
        ).mustBe(0)
        try hospital.login("hanna", password: "somebody swims in the lake").mustBe(0)
        let who = try #require(try hospital.run("hanna", "whoami", "--json").mustBe(0).lines().first)
        #expect(who.fields["roles"] as? [String] == ["technical-lead"])
        // Once.
        try hospital.run("anna", "users", "grant", "hanna", "technical-lead", "--request-id", role, "--json")
            .mustBeRefused("approval-refused")
    }

    @Test("Who has a new role does not agree to anything for three days") func newcomer() throws {
        let hospital = try Hospital()
        for login in ["otto", "ben", "anna", "carla"] { try hospital.login(login).mustBe(0) }
        let line = try #require(
            try hospital.run("anna", "users", "grant", "otto", "technical-lead", "--request", "--json").mustBe(0)
                .lines()
                .last)
        for login in ["ben", "carla"] {
            try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
        }
        try hospital.run("anna", "users", "grant", "otto", "technical-lead", "--request-id", line.text("id")).mustBe(0)
        let first = try backUp(hospital, "one")
        _ = try backUp(hospital, "two")
        let request = try #require(
            try withKey(hospital, "ben", ["forget", "--snapshot", first, "--request"]).mustBe(0).lines().last)
        try hospital.run("otto", "approve", request.text("id"), "--plan", request.text("plan"), "--json")
            .mustBeRefused("approval-refused")
    }

    @Test("Holds are lifted and keys are removed by three people, and set and made by one") func holdsAndKeys() throws {
        let hospital = try Hospital()
        for login in ["otto", "ben", "anna", "carla", "dora"] { try hospital.login(login).mustBe(0) }
        let first = try backUp(hospital, "one")
        try withKey(hospital, "anna", ["hold", "add", first, "--reason", "court"]).mustBe(0)
        let release = ["hold", "release", first, "--reason", "closed"]
        try withKey(hospital, "anna", release).mustBeRefused("approval-needed")
        let words = try hospital.place.scratch.write("another good passphrase\n", "words")
        for label in ["deputy", "second"] {
            try withKey(hospital, "anna", ["keys", "add", "--new-passphrase-file", words, "--label", label]).mustBe(0)
        }
        let removal = ["keys", "remove", "deputy"]
        try withKey(hospital, "anna", removal).mustBeRefused("approval-needed")
        let asked = try [release, removal].map {
            try #require(try withKey(hospital, "anna", $0 + ["--request"]).mustBe(0).lines().last)
        }
        #expect(asked.map { $0.text("act") } == ["lift-hold", "destroy-keys"])
        for (login, line) in ["ben", "dora"].flatMap({ login in asked.map { (login, $0) } }) {
            try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
        }
        let ids = asked.map { $0.text("id") }
        try withKey(hospital, "anna", removal + ["--request-id", ids[1]]).mustBeRefused("approval-refused")
        hospital.pass(seconds: 25 * 3600)
        for login in ["anna", "ben", "dora"] { try hospital.login(login).mustBe(0) }
        try withKey(hospital, "anna", release + ["--request-id", ids[0]]).mustBe(0)
        #expect(try hospital.run("anna", "hold", "list", "--json").mustBe(0).lines().isEmpty)
        // What was agreed to for one is nothing for another.
        let other = ["keys", "remove", "second", "--request-id", ids[1]]
        try withKey(hospital, "anna", other).mustBeRefused("approval-refused")
        try withKey(hospital, "anna", removal + ["--request-id", ids[1]]).mustBe(0)
        let there = try withKey(hospital, "anna", ["keys", "list"]).mustBe(0).lines().filter {
            $0.text("kind") == "passphrase" && $0.text("removed") == ""
        }
        #expect(Set(there.map { $0.text("label") }).isDisjoint(with: ["deputy"]) && there.count >= 2)
        try withKey(hospital, "anna", removal + ["--request-id", ids[1]]).mustBe(10)
    }
}
