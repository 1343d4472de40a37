import Foundation
import Testing

extension Hospital {
    /// Those of whom it was verified who they are, and who have signed to be accountable.
    static let signers = ["ben", "carla", "dora", "ada"]

    private static let blankOfSigners = Result {
        let hospital = try Hospital()
        // Who was given a password by others signs nothing for a day.
        hospital.pass(seconds: 25 * 3600)
        try hospital.login("anna").mustBe(0)
        for signer in signers {
            try hospital.run("anna", "users", "prove", signer, "--document", "passport").mustBe(0)
            try hospital.login(signer).mustBe(0)
            try hospital.accountability(signer).mustBe(0)
        }
        return hospital
    }

    static func withSigners() throws -> Hospital { try Hospital(like: try blankOfSigners.get()) }

    func accountability(_ login: String) throws -> Ended {
        try run(
            login,
            ["signatures", "accountability", "--output", place.scratch.path + "/\(login).txt", "--json"]
                + shown(login))
    }

    /// What somebody types when he signs.
    func shown(
        _ login: String, password: String? = nil, code: String? = nil, name: String? = nil
    ) throws -> [String] {
        let scratch = place.scratch
        let typed = try scratch.write((password ?? Self.password(of: login)) + "\n", "typed-\(UUID().uuidString)")
        let shown = try scratch.write((try code ?? self.code(login)) + "\n", "code-\(UUID().uuidString)")
        return ["--login", name ?? login, "--password-file", typed, "--code-file", shown]
    }

    /// With everything that the first signature of a period asks for.
    func sign(_ login: String, _ file: String, meaning: String = "review", _ more: String...) throws -> Ended {
        try run(login, ["sign", file, "--meaning", meaning, "--json"] + more + shown(login))
    }

    /// Later in the same period: the password, and what was typed for the code is nothing.
    func signAgain(_ login: String, _ file: String, meaning: String = "review", _ more: String...) throws -> Ended {
        try run(login, ["sign", file, "--meaning", meaning, "--json"] + more + shown(login, code: ""))
    }

    func file(_ name: String, _ content: String) throws -> String { try place.scratch.write(content, name) }

    /// The authority's key, as somebody has it who is elsewhere.
    func authority(by login: String) throws -> String {
        let path = place.scratch.path + "/authority-\(UUID().uuidString).pub"
        try run(login, "signatures", "authority", "--output", path).mustBe(0)
        return path
    }

    /// On a machine that knows nothing of this one.
    func verify(_ file: String, by authority: String, signature: String? = nil) throws -> Ended {
        try ChildProcess.run(
            [program, "signatures", "verify", file, "--authority", authority, "--json"]
                + (signature.map { ["--signature", $0] } ?? []),
            environment: ["SAFEHOLD_HOME": place.scratch.path + "/elsewhere"])
    }

    /// Puts files of the host's state aside, or back as they were.
    func keep(_ files: String, as name: String) throws {
        try ChildProcess.shell(
            "mkdir -p \"$2\"; cd \"$1\"; cp -a \(files) \"$2\"", place.home, place.scratch.path + "/" + name)
    }

    func putBack(_ name: String) throws {
        try ChildProcess.shell(
            "for f in \"$2\"/*; do rm -rf \"$1\"/$(basename \"$f\"); done; rm -f \"$1\"/catalog.sqlite-*; cp -a \"$2\"/. \"$1\"",
            place.home, place.scratch.path + "/" + name)
    }
}
