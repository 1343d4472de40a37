import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

extension [UInt8] {
    var secret: SecretBytes { SecretBytes(count: count) { $0.copyBytes(from: self) } }
}

extension String {
    var secret: SecretBytes { Array(utf8).secret }
}

extension SecretBytes {
    static var empty: SecretBytes { SecretBytes(count: 0) { _ in } }
}

/// The people of a hospital, with passwords, authenticators, keys and sessions, at one host.
struct IdentityWorld {
    static let names = ["anna", "ben", "carla", "dora", "otto", "ada"]
    static let password = "a long enough password"

    var clock = TestClock()
    var random = SeededGenerator(seed: 1)
    var directory: Directory
    var credentials = CredentialBook()
    var factors = EnrolledFactors()
    var sessions = SessionBook(limits: SessionLimits())
    var approvals = ApprovalBook(rules: FourEyesRules())
    let passwords: PasswordPolicy
    let lockout = LockoutPolicy()

    init() throws {
        var policy = PasswordPolicy()
        policy.parameters = ScryptParameters(logN: 4, r: 8, p: 1)
        passwords = policy
        let roles: [RoleName] = [
            .securityLead, .complianceOfficer, .backupAdministrator, .technicalLead, .operator, .auditor,
        ]
        directory = try Directory(
            foundedBy: zip(Self.names, roles).map { name, role in
                Directory.Founder(
                    id: Self.id(name), name: try #require(LoginName(name)), printedName: Self.printedName(of: name),
                    reference: SHA256Digest.of(Array(name.utf8)), roles: [role])
            }, at: clock.now)
        for name in Self.names { try equip(name) }
        // Since yesterday.
        clock.pass(.hours(24))
    }

    static func id(_ name: String) -> PersonID { PersonID(SHA256Digest.of(Array("id \(name)".utf8)).prefix) }
    static func seed(_ name: String) -> [UInt8] { Array(SHA256Digest.of(Array("seed \(name)".utf8)).bytes.prefix(20)) }
    static func password(of name: String) -> String {
        "\(password) \(SHA256Digest.of(Array(name.utf8)).hex.prefix(8))"
    }
    static func printedName(of name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() + " Amsel" }
    static let host = SHA256Digest.of(Array("host".utf8))

    /// A password of his own, and an authenticator.
    private mutating func equip(_ name: String) throws {
        let id = Self.id(name)
        var password = try PasswordCredential(
            temporary: "from the administrator".secret, salt: [1], policy: passwords, at: clock.now)
        try password.change(
            to: Self.password(of: name).secret, of: try #require(LoginName(name)),
            salt: PasswordVerifier.newSalt(using: &random), policy: passwords, breaches: BreachList(), at: clock.now)
        var own = Credentials(person: id, password: password)
        let isNew = own.enrol(
            TimeCode(), secret: Self.seed(name).secret,
            recovery: RecoveryCodes.make(for: id, using: &random).codes, among: &factors, at: clock.now)
        #expect(isNew)
        credentials[id] = own
    }

    /// What the authenticator shows now.
    func code(_ name: String) -> String {
        let step = UInt64(clock.now.wall.nanoseconds / 1_000_000_000) / 30
        return String(
            decoding: OneTimeCode.code(Self.seed(name).secret, counter: step, algorithm: .sha1, digits: 6),
            as: UTF8.self)
    }

    func shown(_ name: String, password: String? = nil, code: String? = nil) -> Shown {
        Shown(
            name: LoginName(name), password: (password ?? Self.password(of: name)).secret,
            code: code ?? self.code(name))
    }

    func presence(_ name: String) -> Presence {
        Presence(person: Self.id(name), session: .zero, proven: clock.now, lifetime: .seconds(300))
    }

    mutating func session(_ name: String, purpose: LoginPurpose = .work) -> LoginSession {
        sessions.open(
            LoginSessionID.random(using: &random), for: Self.id(name), purpose: purpose, on: Self.host,
            token: random.bytes(32).secret, at: clock.now)
    }
}
