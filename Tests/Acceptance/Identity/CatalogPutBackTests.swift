import Foundation
import Testing

/// The catalog decides who may, so one that is not the newest decides nothing.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct CatalogPutBackTests {
    private static func keep(_ hospital: Hospital, _ files: String, as name: String) throws {
        try ChildProcess.shell(
            "mkdir -p \"$2\"; cd \"$1\"; cp -a \(files) \"$2\"", hospital.place.home,
            hospital.place.scratch.path + "/" + name)
    }

    private static func putBack(_ hospital: Hospital, _ name: String) throws {
        try ChildProcess.shell(
            "rm -f \"$1\"/catalog.sqlite*; cp -a \"$2\"/. \"$1\"", hospital.place.home,
            hospital.place.scratch.path + "/" + name)
    }

    @Test("A catalog that was put back from before somebody was put out lets nobody in") func older() throws {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        try hospital.login("anna").mustBe(0)
        try Self.keep(hospital, "catalog.sqlite*", as: "older")
        try hospital.run("anna", "users", "remove", "otto").mustBe(0)
        try Self.putBack(hospital, "older")
        for login in ["otto", "anna"] {
            let refused = try hospital.run(login, "snapshots", "--json").mustBeRefused("identity-behind", 11)
            #expect(refused.text.contains("docs/identity.md"))
        }
        try hospital.login("ben").mustBeRefused("identity-behind", 11)
        try hospital.run("ben", "whoami", "--json").mustBeRefused("identity-behind", 11)
    }

    @Test(
        "A catalog that is gone, that knows nobody, or in which something was written, lets nobody in",
        arguments: [
            "rm catalog.sqlite*", "echo rubbish > catalog.sqlite; rm -f catalog.sqlite-*", "rm identity/key",
            "rm identity/newest", "rm -r identity", "echo > identity/newest",
            "rm catalog.sqlite*; cp other/catalog.sqlite .",
            "sqlite3 catalog.sqlite 'DELETE FROM identity_session'",
            "sqlite3 catalog.sqlite \"UPDATE identity_note SET bytes = zeroblob(40) WHERE key = CAST('clock' AS BLOB)\"",
            "sqlite3 catalog.sqlite 'DELETE FROM identity_version'",
            "sqlite3 catalog.sqlite 'UPDATE identity_version SET number = number + 1'",
        ])
    func altered(_ script: String) throws {
        guard ChildProcess.has("sqlite3") || !script.contains("sqlite3") else { return }
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        try ChildProcess.run([program, "runs"], environment: ["SAFEHOLD_HOME": hospital.place.home + "/other"]).mustBe(
            0)
        try ChildProcess.shell("cd \"$1\"; \(script)", hospital.place.home)
        try hospital.run("otto", "backup", hospital.place.source, "--json").mustBeRefused("identity-behind", 11)
    }

    @Test("Killed at any call that writes, somebody is signed out or not, and signs in again") func killed() throws {
        let hospital = try Hospital()
        let words = [program, "logout"]
        try hospital.login("otto").mustBe(0)
        let calls = try Faults.count(words, try hospital.shell("otto"))
        try #require(calls > 3)
        for call in 1...calls {
            try hospital.login("otto").mustBe(0)
            _ = try ChildProcess.run(
                words, environment: try hospital.shell("otto").merging(try Faults.killing(at: call)) { $1 })
            let after = try hospital.run("otto", "snapshots", "--json")
            #expect(after.status == 0 || after.text.contains("not-signed-in"), "\(call): \(after.said)")
        }
    }
}
