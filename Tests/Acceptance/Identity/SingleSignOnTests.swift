import Foundation
import TestSupport
import Testing

/// Who comes by single sign-on, from a provider that nobody here wrote.
@Suite(
    .enabled(if: Hospital.isAvailable && SignOnProvider.isPossible, "\(Hospital.reason), \(SignOnProvider.reason)"))
struct SingleSignOnTests {
    private struct Clinic {
        let hospital: Hospital
        let provider: SignOnProvider

        init() throws {
            (hospital, provider) = (try Hospital(), try SignOnProvider())
            for login in ["anna", "ben", "carla"] { try hospital.login(login).mustBe(0) }
        }

        var naming: [String] {
            get throws {
                let secret = try hospital.place.scratch.write(provider.secret + "\n", "client-secret")
                return [
                    "users", "provider", "set", "--issuer", provider.issuer, "--client-id", provider.client,
                    "--client-secret-file", secret, "--ca-file", provider.authority,
                ]
            }
        }

        /// Anna asks, ben and carla agree, anna does it.
        func decide(_ words: [String]) throws -> Ended {
            try hospital.again("anna").mustBe(0)
            let line = try #require(try hospital.run("anna", words + ["--request", "--json"]).mustBe(0).lines().last)
            for login in ["ben", "carla"] {
                try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
            }
            return try hospital.run("anna", words + ["--request-id", line.text("id"), "--json"])
        }

        /// `login` runs the command, `user` says yes at the provider.
        func come(_ login: String, as user: String, code: String? = nil) throws -> Ended {
            let shown = hospital.place.scratch.path + "/shown-" + UUID().uuidString
            let typed = try hospital.place.scratch.write(
                (try code ?? hospital.code(login)) + "\n", "code-" + UUID().uuidString)
            let words = [
                "bash", "-c", "shown=$1; shift; exec \"$@\" 2>\"$shown\"", "bash", shown, program, "login", "--sso",
            ]
            let process = try ChildProcess(
                (words + ["--code-file", typed, "--json"]).map(\.bytes), environment: try hospital.shell(login))
            for _ in 0..<200 where !process.ends(within: 50) {
                let said = (try? String(contentsOfFile: shown, encoding: .utf8)) ?? ""
                guard let match = said.firstMatch(of: #/type the code ([A-Z0-9-]+)\./#) else { continue }
                try provider.approve(user, String(match.output.1))
                break
            }
            return process.wait()
        }
    }

    @Test(
        "Several decide whose word is taken and who is who there; then a word and a code open the door, and no more than that"
    )
    func story() throws {
        let clinic = try Clinic()
        let hospital = clinic.hospital
        // Nobody alone, nobody for himself, and nobody that is not the provider.
        try hospital.run("otto", "login", "--sso", "--json").mustBeRefused("provider-missing", 10)
        try hospital.run("anna", try clinic.naming + ["--json"]).mustBeRefused("approval-needed")
        try hospital.run("ben", try clinic.naming + ["--request", "--json"]).mustBeRefused("not-permitted")
        let other = try clinic.naming.map { $0 == clinic.provider.authority ? clinic.provider.rogue : $0 }
        try hospital.run("anna", other + ["--request", "--json"]).mustBeRefused("provider-misconfigured", 1)
        let set = try clinic.decide(try clinic.naming).mustBe(0).lines()
        #expect(set.last?.text("issuer") == clinic.provider.issuer && set.last?.fields["has_secret"] as? Bool == true)
        #expect(try hospital.run("anna", "users", "provider", "--json").mustBe(0).lines().count == 1)

        let unknown = try clinic.come("otto", as: "otto").mustBeRefused("sign-in-refused")
        let told = try #require(try unknown.lines().last?.text("message"))
        let subject = String(try #require(told.firstMatch(of: #/knows you as ([^ ,]+)/#)).output.1)
        let link = ["users", "link", "otto", "--subject", subject]
        try hospital.run("anna", link + ["--json"]).mustBeRefused("approval-needed")
        try clinic.decide(link).mustBe(0)
        try clinic.decide(["users", "link", "anna", "--subject", "anna-there"]).mustBeRefused("directory-refused", 2)

        try clinic.come("otto", as: "otto", code: "000000").mustBeRefused("sign-in-refused")
        let who = try #require(try clinic.come("otto", as: "otto").mustBe(0).lines().last)
        #expect(who.text("by") == "single-sign-on" && who.text("login") == "otto")
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        try clinic.come("ada", as: "stranger").mustBeRefused("sign-in-refused")

        // What is secret is nowhere as it is.
        let found = try ChildProcess.run(["grep", "-rlF", clinic.provider.secret, hospital.place.home])
        #expect(found.text.isEmpty)
        let acts = try hospital.run("anna", "audit", "search", "--json").mustBe(0).lines().map { $0.text("act") }
        #expect(Set(["users-provider-set", "users-link", "login"]).isSubset(of: acts))

        // Who is gone is gone by every way.
        try hospital.again("anna").mustBe(0)
        try hospital.run("anna", "users", "remove", "otto").mustBe(0)
        try hospital.run("otto", "snapshots", "--json").mustBeRefused("not-signed-in")
        try clinic.come("otto", as: "otto").mustBeRefused("sign-in-refused")

        // A provider that is down keeps nobody out who has a password.
        try clinic.provider.stop()
        try hospital.run("ada", "login", "--sso", "--json").mustBeRefused("provider-unreachable", 13)
        try hospital.login("ada").mustBe(0)
    }
}
