import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// ben at a signing desk, with a report before him.
final class SignatureWorld {
    static let content = Array("restore test 17: passed".utf8)
    static let record = RecordVersion(
        kind: "restore-test", id: "17", version: 3, mediaType: "text/plain", content: content)

    var world: IdentityWorld
    var desk: SigningDesk
    /// ben's.
    var session: LoginSession
    let authority: HybridSignature.PrivateKey
    let key: HybridSignature.PrivateKey
    let certificate: SignerCertificate
    var current: UInt64 = 3

    init() throws {
        var world = try IdentityWorld()
        desk = SigningDesk(passwords: world.passwords, lockout: world.lockout, limits: SessionLimits())
        session = world.session("ben")
        authority = try HybridSignature.PrivateKey(seeds: [UInt8](repeating: 1, count: 64).secret)
        key = try HybridSignature.PrivateKey(seeds: [UInt8](repeating: 2, count: 64).secret)
        let wall = world.clock.now.wall
        certificate = try SignerCertificate(
            person: IdentityWorld.id("ben"), printedName: "Ben Amsel", key: key.publicKey,
            from: wall.later(by: .days(-1)),
            until: wall.later(by: .days(730)), signedBy: authority)
        try world.directory.setSigningKey(key.publicKey.fingerprint, by: world.presence("ben"), at: world.clock.now)
        self.world = world
    }

    func begin(
        _ record: RecordVersion = SignatureWorld.record, meaning: SignatureMeaning = .approval,
        others: Set<PersonID> = []
    ) throws -> Digest32 {
        let nonce = try #require(Digest32(bytes: world.random.bytes(32)))
        let draft = SigningDraft(
            record: record, meaning: meaning, statement: "I have read the report and agree.",
            rendering: SHA256Digest.of(Array("<p>passed</p>".utf8)),
            zone: try #require(SignerZone(name: "Europe/Berlin", offset: 120)), others: others)
        return desk.begin(draft, in: session, nonce: nonce, at: world.clock.now).nonce
    }

    func sign(_ nonce: Digest32, _ shown: borrowing Shown) throws -> ElectronicSignature {
        var book = world.credentials
        defer { world.credentials = book }
        return try desk.sign(
            nonce, shown: shown, credentials: &book, secret: IdentityWorld.seed("ben").secret, key: key,
            SigningDesk.Circumstances(
                session: session, directory: world.directory, factors: world.factors, certificate: certificate,
                current: current, id: SignatureID.random(using: &world.random)), at: world.clock.now)
    }

    /// A whole ceremony with these components.
    @discardableResult
    func sign(
        name: String? = nil, password: String = "", code: String = "", _ record: RecordVersion = SignatureWorld.record,
        others: Set<PersonID> = []
    ) throws -> ElectronicSignature {
        let nonce = try begin(record, others: others)
        return try sign(nonce, Shown(name: name.flatMap { LoginName($0) }, password: password.secret, code: code))
    }

    /// With everything that the first signing asks for.
    @discardableResult
    func signFirst(_ record: RecordVersion = SignatureWorld.record) throws -> ElectronicSignature {
        try sign(name: "ben", password: IdentityWorld.password(of: "ben"), code: world.code("ben"), record)
    }

    /// With the secret alone.
    @discardableResult
    func signAgain() throws -> ElectronicSignature { try sign(password: IdentityWorld.password(of: "ben")) }

    func problems(
        _ signature: ElectronicSignature, on record: RecordVersion = SignatureWorld.record,
        _ content: [UInt8] = SignatureWorld.content, withdrawn: [Digest32: Timestamp] = [:]
    ) -> Set<SignatureProblem> {
        signature.problems(on: record, content: content, under: authority.publicKey, withdrawn: withdrawn)
    }
}
