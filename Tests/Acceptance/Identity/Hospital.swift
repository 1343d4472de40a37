import Foundation
import Identity
import Sealing
import Synchronization
import Testing

/// A host that writes to a repository, with a directory of persons: each has a password, an authenticator, and a session file of his own.
/// Its clocks are in the hands of the test.
final class Hospital: Sendable {
    struct Somebody: Sendable {
        let login: String
        let role: String
        var password: String { Hospital.password(of: login) }
    }

    static let people = [
        Somebody(login: "anna", role: "security-lead"), Somebody(login: "ben", role: "backup-administrator"),
        Somebody(login: "carla", role: "compliance-officer"), Somebody(login: "dora", role: "technical-lead"),
        Somebody(login: "otto", role: "operator"), Somebody(login: "ada", role: "auditor"),
    ]

    static let isAvailable = Faults.isAvailable
    static let reason = Faults.reason

    let place: Place
    private let passed = Mutex(0)
    /// The step of the last code of each authenticator: none is taken twice.
    private let steps = Mutex<[String: Int]>([:])

    init() throws {
        place = try Place()
        let blank = try Self.blank.get()
        try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", blank.scratch.path, place.scratch.path)
        // Sessions and codes of the blank are over.
        pass(seconds: blank.passed + 120)
    }

    /// Another one like it, in a folder of its own. Sessions of the first are over there.
    init(like other: Hospital) throws {
        place = try Place()
        try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", other.place.scratch.path, place.scratch.path)
        pass(seconds: other.passed.withLock { $0 } + 1200)
    }

    private static let blank = Result {
        let scratch = try Scratch()
        _ = try scratch.folder("home")
        let founding = people.flatMap {
            ["--founder", "\($0.login):\($0.role):\($0.login)-1:\($0.login.capitalized) Amsel"]
        }
        let home = ["SAFEHOLD_HOME": scratch.path + "/home"]
        try ChildProcess.run(
            [program, "users", "found", "--host", "backups", "--handover", scratch.path + "/first"] + founding,
            environment: home
        ).mustBe(0)
        for person in people {
            let chosen = try scratch.write(person.password + "\n", person.login + ".password")
            try ChildProcess.run(
                [
                    program, "login", person.login, "--password-file", scratch.path + "/first/" + person.login,
                    "--new-password-file", chosen, "--handover", scratch.path + "/" + person.login,
                ],
                environment: home
            ).mustBe(0)
        }
        return (scratch: scratch, passed: 0)
    }

    func pass(seconds: Int) { passed.withLock { $0 += seconds } }

    /// What somebody's shell has set.
    func shell(_ login: String, _ settings: [String: String] = [:]) throws -> [String: String] {
        let own = [
            "SAFEHOLD_REPOSITORY": place.repository, "SAFEHOLD_HOME": place.home,
            "SAFEHOLD_SESSION": place.scratch.path + "/sessions/" + login,
            "FAULT_PASSED": "\(passed.withLock { $0 })",
        ]
        return try Faults.environment(own.merging(settings) { $1 })
    }

    func run(_ login: String, _ words: String..., settings: [String: String] = [:]) throws -> Ended {
        try run(login, words, settings: settings)
    }

    /// With a reason where one is demanded and none is given.
    func run(_ login: String, _ words: [String], settings: [String: String] = [:]) throws -> Ended {
        try runAsTyped(login, Self.withReason(words), settings: settings)
    }

    func runAsTyped(_ login: String, _ words: [String], settings: [String: String] = [:]) throws -> Ended {
        try ChildProcess.run([program] + words, environment: try shell(login, settings))
    }

    /// What is not done without saying why where there is a directory of persons.
    static let reasoned = [
        ["forget"], ["erase"], ["keys", "remove"], ["users", "grant"], ["users", "revoke"], ["users", "remove"],
        ["users", "reset"], ["users", "role", "define"], ["users", "role", "remove"],
        ["users", "service"],
    ]

    static func withReason(_ words: [String]) -> [String] {
        let isReasoned = reasoned.contains { words.starts(with: $0) }
        guard isReasoned, !words.contains("--dry-run"), !words.contains("--reason") else { return words }
        return words + ["--reason", "decided, ticket 17"]
    }

    /// With the key that the repository was made for.
    func runWithKey(_ login: String, _ words: String...) throws -> Ended { try runWithKey(login, words) }

    func runWithKey(_ login: String, _ words: [String]) throws -> Ended {
        try run(login, words, settings: ["SAFEHOLD_RECIPIENT_FILE": place.keyFile])
    }

    @discardableResult
    func login(
        _ login: String, password: String? = nil, code: String? = nil, settings: [String: String] = [:]
    ) throws -> Ended {
        let password = try place.scratch.write(
            (password ?? Self.password(of: login)) + "\n", "typed-\(UUID().uuidString)")
        let code = try place.scratch.write((try code ?? self.code(login)) + "\n", "code-\(UUID().uuidString)")
        return try run(
            login, ["login", login, "--password-file", password, "--code-file", code, "--json"], settings: settings)
    }

    /// Has a strategy file that runs programs carried out here: ben asks, anna and carla agree. They are signed in then.
    func adopt(_ strategy: String) throws {
        for login in ["ben", "anna", "carla"] { try self.login(login).mustBe(0) }
        let words = ["strategy", "adopt", "--strategy", strategy, "--json"]
        let asked = try #require(try run("ben", words + ["--request"]).mustBe(0).lines().last)
        for login in ["anna", "carla"] {
            try run(login, "approve", asked.text("id"), "--plan", asked.text("plan")).mustBe(0)
        }
        try run("ben", words + ["--request-id", asked.text("id")]).mustBe(0)
    }

    func again(_ login: String) throws -> Ended {
        let code = try place.scratch.write(try self.code(login) + "\n", "code-\(UUID().uuidString)")
        return try run(login, "login", "--again", "--code-file", code, "--json")
    }

    /// It must not have the name inside.
    static func password(of login: String) -> String {
        "the river is \(people.firstIndex { $0.login == login } ?? people.count) miles long"
    }

    /// A code that somebody's authenticator shows, one that was not used yet. Time passes where it takes that.
    func code(_ login: String) throws -> String {
        let now = Int(Date.now.timeIntervalSince1970) + passed.withLock { $0 }
        let step = steps.withLock { steps in
            let step = max(now / 30, (steps[login] ?? 0) + 1)
            steps[login] = step
            return step
        }
        if step > now / 30 { pass(seconds: (step - now / 30) * 30) }
        return String(
            decoding: OneTimeCode.code(try secret(login), counter: UInt64(step), algorithm: .sha1, digits: 6),
            as: UTF8.self)
    }

    /// From the address that was shown when the authenticator was enrolled.
    private func secret(_ login: String) throws -> SecretBytes {
        let address = try String(contentsOfFile: place.scratch.path + "/\(login)/authenticator", encoding: .utf8)
        let match = try #require(address.firstMatch(of: #/secret=([A-Z2-7]+)&/#))
        var (waiting, bits, bytes) = (0, 0, [UInt8]())
        for character in match.output.1 {
            let value = try #require("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".firstIndex(of: character))
            waiting =
                waiting << 5
                | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".distance(
                    from: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".startIndex, to: value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(waiting >> bits & 0xFF))
            }
        }
        return SecretBytes(consuming: &bytes)
    }

    func recoveryCodes(_ login: String) throws -> [String] {
        try String(contentsOfFile: place.scratch.path + "/\(login)/recovery-codes", encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }
}

extension Ended {
    /// Requires that a command was refused, with this code.
    @discardableResult
    func mustBeRefused(_ code: String, _ status: Int32 = 12, _ location: SourceLocation = #_sourceLocation) throws
        -> Ended
    {
        try mustBe(status, location)
        let last = try #require(try lines().last, said, sourceLocation: location)
        #expect(last.text("code") == code, said, sourceLocation: location)
        return self
    }
}
