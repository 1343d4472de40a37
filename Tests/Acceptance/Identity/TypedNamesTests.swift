import Foundation
import Testing

/// What is left behind by mistake.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct TypedNamesTests {
    @Test("What is typed where a login name belongs is written down only where somebody has it: it may be a password")
    func names() throws {
        let hospital = try Hospital()
        try hospital.login("correct-horse-battery", password: "whatever it is", code: "000000")
            .mustBeRefused("sign-in-refused")
        try hospital.login("otto", code: "000000").mustBeRefused("sign-in-refused")
        try hospital.login("ada").mustBe(0)
        let found = try ChildProcess.run(["grep", "-rl", "correct-horse-battery", hospital.place.home + "/audit"])
        #expect(found.status == 1, found.said)
        let entries = try hospital.run("ada", "audit", "search", "--act", "login", "--json").mustBe(0)
        #expect(entries.text.contains("otto"))
    }

    @Test("Root leaves nothing in the state of another account", .enabled(if: isRoot, "it takes root")) func root()
        throws
    {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        try ChildProcess.shell("chown -R 65534:65534 \"$1\"", hospital.place.home)
        let refused = try hospital.run("otto", "backup", hospital.place.source, "--json").mustBe(1)
        #expect(refused.text.contains("state-unusable") && refused.text.contains("runs as root"))
        let left = try ChildProcess.run(["find", hospital.place.home, "-user", "0"]).mustBe(0)
        #expect(left.text.isEmpty, left.said)
    }
}
