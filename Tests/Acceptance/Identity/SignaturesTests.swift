import Foundation
import Testing

/// Electronic signatures by the program (21 CFR 11.50 to 11.200), by the numbers of the negative tests.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct SignaturesTests {
    private func sign(
        _ hospital: Hospital, _ login: String, _ file: String, password: String? = nil, code: Bool = true,
        name: String? = nil, output: String? = nil
    ) throws -> Ended {
        let scratch = hospital.place.scratch
        let typed = try scratch.write((password ?? Hospital.password(of: login)) + "\n", "typed-\(UUID().uuidString)")
        let shown = try scratch.write((code ? try hospital.code(login) : "") + "\n", "code-\(UUID().uuidString)")
        return try hospital.run(
            login,
            ["sign", file, "--meaning", "review", "--json", "--password-file", typed, "--code-file", shown]
                + ["--login", name ?? login] + (output.map { ["--output", $0] } ?? []))
    }

    private func hospital() throws -> Hospital { try Hospital.withSigners() }

    @Test(
        "A signature holds with file, signature and the authority's key alone, and not when one byte of either is another"
    )
    func verifying() throws {
        let hospital = try hospital()
        try hospital.login("carla").mustBe(0)
        let file = try hospital.place.scratch.write("The restore was tested.\n", "report.txt")
        let line = try #require(try sign(hospital, "carla", file).mustBe(0).lines().last)
        #expect(line.text("printed_name") == "Carla Amsel" && line.text("meaning") == "review")
        let authority = hospital.place.scratch.path + "/authority.pub"
        try hospital.run("carla", "signatures", "authority", "--output", authority).mustBe(0)
        func verify(_ file: String, _ signature: String? = nil) throws -> Ended {
            try ChildProcess.run(
                [program, "signatures", "verify", file, "--authority", authority, "--json"]
                    + (signature.map { ["--signature", $0] } ?? []),
                environment: ["SAFEHOLD_HOME": hospital.place.scratch.path + "/elsewhere"])
        }
        let held = try #require(try verify(file).mustBe(0).lines().last)
        #expect(held.text("signature") == line.text("signature"))
        // N-05: one bit of the record.
        let altered = try hospital.place.scratch.write("The restore was tasted.\n", "altered.txt")
        try verify(altered, file + ".signature").mustBeRefused("signature-invalid", 11)
        // N-06: anything in the signature.
        let bytes = try Data(contentsOf: URL(filePath: file + ".signature"))
        for place in stride(from: 0, to: bytes.count, by: 97) {
            var turned = bytes
            turned[place] ^= 1
            try turned.write(to: URL(filePath: hospital.place.scratch.path + "/turned"))
            try verify(file, hospital.place.scratch.path + "/turned").mustBeRefused("signature-invalid", 11)
        }
        // Another installation's authority.
        let other = try Hospital()
        other.pass(seconds: 25 * 3600)
        for login in ["anna", "carla"] { try other.login(login).mustBe(0) }
        try other.run("anna", "users", "prove", "carla", "--document", "passport").mustBe(0)
        try other.accountability("carla").mustBe(0)
        try sign(other, "carla", try other.place.scratch.write("x", "x.txt")).mustBe(0)
        let foreign = other.place.scratch.path + "/authority.pub"
        try other.run("carla", "signatures", "authority", "--output", foreign).mustBe(0)
        try ChildProcess.run([program, "signatures", "verify", file, "--authority", foreign, "--json"])
            .mustBeRefused("signature-invalid", 11)
    }

    @Test(
        "The first signature asks for name, password and code, the second for the password; a wrong one, or a pause, for everything again"
    )
    func ceremony() throws {
        let hospital = try hospital()
        try hospital.login("carla").mustBe(0)
        let scratch = hospital.place.scratch
        func file(_ name: String) throws -> String { try scratch.write("content \(name)", "file-" + name) }
        // N-10: not with the password alone, not under another's name, and no file is left.
        let first = try file("first")
        try sign(hospital, "carla", first, code: false).mustBeRefused("sign-in-refused")
        try sign(hospital, "carla", first, name: "anna").mustBeRefused("sign-in-refused")
        #expect(!FileManager.default.fileExists(atPath: first + ".signature"))
        try sign(hospital, "carla", first).mustBe(0)
        // N-11, N-12.
        try sign(hospital, "carla", try file("second"), code: false).mustBe(0)
        try sign(hospital, "carla", try file("third"), password: "", code: false).mustBeRefused("sign-in-refused")
        try sign(hospital, "carla", try file("fourth"), code: false).mustBeRefused("sign-in-refused")
        try sign(hospital, "carla", try file("fifth")).mustBe(0)
        try sign(hospital, "carla", try file("sixth"), code: false).mustBe(0)
        // N-13.
        hospital.pass(seconds: 16 * 60)
        try sign(hospital, "carla", try file("seventh"), code: false).mustBeRefused("not-signed-in")
        try hospital.login("carla").mustBe(0)
        try sign(hospital, "carla", try file("eighth"), code: false).mustBeRefused("sign-in-refused")
        // Nothing is overwritten.
        try sign(hospital, "carla", first).mustBeRefused("target-unusable", 1)
    }

    @Test("Who may not sign does not, and who got his password lately does not either") func refused() throws {
        let hospital = try Hospital()
        let file = try hospital.place.scratch.write("content", "file.txt")
        try hospital.run("nobody", "sign", file, "--meaning", "review", "--json").mustBeRefused("not-signed-in")
        for login in ["otto", "carla", "anna"] { try hospital.login(login).mustBe(0) }
        // N-22.
        try sign(hospital, "otto", file).mustBeRefused("not-permitted")
        // N-16.
        try hospital.run("anna", "users", "prove", "carla", "--document", "passport").mustBe(0)
        let refused = try hospital.accountability("carla").mustBeRefused("not-permitted")
        #expect(refused.text.contains("less than a day ago"), refused.said)
        try ChildProcess.run([program, "signatures", "verify", file, "--json"]).mustBe(10)
    }

    @Test(
        "Who is put out signs no more: what he signed before holds by the authority's list, and what is signed after does not"
    )
    func withdrawn() throws {
        let hospital = try hospital()
        let (scratch, output) = (hospital.place.scratch.path, hospital.place.scratch.path + "/withdrawn.txt")
        for login in ["anna", "carla"] { try hospital.login(login).mustBe(0) }
        let file = try hospital.place.scratch.write("The restore was tested.\n", "report.txt")
        try sign(hospital, "carla", file).mustBe(0)
        // Somebody keeps a copy of all that the host has of her.
        try ChildProcess.shell("cp -a \"$1\" \"$2\"", hospital.place.home, scratch + "/copied")
        hospital.pass(seconds: 60)
        try hospital.run("anna", "users", "remove", "carla").mustBe(0)
        try hospital.run("anna", "signatures", "withdrawn", "--output", output).mustBe(0)
        try hospital.run("anna", "signatures", "authority", "--output", scratch + "/authority.pub").mustBe(0)
        func verify(_ file: String) throws -> Ended {
            try ChildProcess.run(
                [program, "signatures", "verify", file, "--authority", scratch + "/authority.pub"]
                    + ["--withdrawn", output, "--json"],
                environment: ["SAFEHOLD_HOME": scratch + "/elsewhere"])
        }
        try verify(file).mustBe(0)
        let late = try hospital.place.scratch.write("It was tested again.\n", "late.txt")
        let typed = try hospital.place.scratch.write(Hospital.password(of: "carla") + "\n", "typed")
        let code = try hospital.place.scratch.write(try hospital.code("carla") + "\n", "code")
        try hospital.run(
            "carla",
            ["sign", late, "--meaning", "review", "--login", "carla"]
                + ["--password-file", typed, "--code-file", code],
            settings: ["SAFEHOLD_HOME": scratch + "/copied"]
        ).mustBe(0)
        try verify(late).mustBeRefused("signature-invalid", 11)
        // A list that somebody has changed is none.
        try ChildProcess.shell("sed -i '3d' \"$1\"", output)
        try verify(file).mustBeRefused("key-unreadable")
        // She comes back as the same person, and begins anew.
        let back = try #require(
            try hospital.run(
                "anna", "users", "add", "carla", "--printed-name", "Carla Amsel", "--reference", "carla-1", "--json"
            ).mustBe(0).lines().last)
        #expect(back.fields["has_password"] as? Bool == false && back.fields["has_authenticator"] as? Bool == false)
        #expect(back["recovery_codes"] == 0)
        try hospital.login("carla").mustBeRefused("sign-in-refused")
    }
}
