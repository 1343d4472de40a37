import Foundation
import Testing

/// Erasing is nothing that somebody does alone (SEC-4, REG-2).
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct ErasingTogetherTests {
    private func withKey(_ hospital: Hospital, _ login: String, _ words: [String]) throws -> Ended {
        try hospital.run(
            login, words + ["--json"], settings: ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile])
    }

    private func backUp(_ hospital: Hospital) throws {
        try ChildProcess.shell("date +%N > file", directory: hospital.place.source)
        try hospital.run("otto", "backup", "--component", "study", hospital.place.source).mustBe(0)
    }

    @Test("A component is erased by three people, exactly the snapshots that were agreed to, and once")
    func together() throws {
        let hospital = try Hospital()
        let erase = ["erase", "--component", "study"]
        for login in ["otto", "ben", "anna", "carla"] { try hospital.login(login).mustBe(0) }
        func ask() throws -> Summary {
            let asked = try #require(try withKey(hospital, "ben", erase + ["--request"]).mustBe(0).lines().last)
            #expect(asked.text("act") == "erase" && asked["needed"] == 2)
            return asked
        }
        try backUp(hospital)
        try withKey(hospital, "ben", erase).mustBeRefused("approval-needed")
        try withKey(hospital, "anna", erase + ["--request"]).mustBeRefused("not-permitted")
        let early = try ask()
        try backUp(hospital)
        // Nobody agrees to erase what came meanwhile, nor to leave it.
        let other = try withKey(hospital, "ben", ["erase", "--request-id", early.text("id")])
            .mustBeRefused("approval-refused")
        #expect(try other.error().text("message").contains("not what was agreed to"))
        let asked = try ask()
        for login in ["anna", "carla"] {
            try hospital.run(login, "approve", asked.text("id"), "--plan", asked.text("plan")).mustBe(0)
        }
        hospital.pass(seconds: 25 * 3600)
        try hospital.login("ben").mustBe(0)
        #expect(try hospital.place.snapshots().count == 2)
        try withKey(hospital, "ben", ["erase", "--request-id", asked.text("id")]).mustBe(0)
        #expect(try hospital.place.snapshots().isEmpty)
        try withKey(hospital, "ben", ["erase", "--request-id", asked.text("id")]).mustBeRefused("approval-refused")
    }
}
