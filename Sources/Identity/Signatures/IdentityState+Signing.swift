import Primitives
import Sealing

extension IdentityState {
    /// How long a signer's key is certified at a time.
    private static let validity = Duration.days(730)

    /// What the next signing of a session asks for.
    package mutating func components(
        with token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(Refusal) -> Set<SigningComponent> {
        let session = try goOn(token, at: doorstep, now: now)
        return signing.components(in: session, directory: directory, at: now)
    }

    /// Signs in one's own name, a record that is of `target`. Who has no key yet gets one, for which he has shown the second factor just now.
    package mutating func sign(
        _ draft: SigningDraft, of target: Target, shown: borrowing Shown, token: borrowing SecretBytes,
        key: borrowing HostKey, at doorstep: Doorstep, now: Moment
    ) throws -> ElectronicSignature {
        var draft = draft
        let session = try goOn(token, at: doorstep, now: now)
        if let refusal = session.refusal(for: .sign, on: target, directory: directory, limits: Self.limits, at: now) {
            throw Refusal.act(.sign, refusal)
        }
        guard proofs[session.person] != nil else { throw SigningRefusal.unproven }
        try signatures.require(draft, by: session.person)
        draft.earlier = signatures.signatures(on: draft.record).map(\.id)
        let signer = try signer(session, key, now)
        let own = try HybridSignature.PrivateKey(seeds: try key.open(signer.seeds, for: session.person.bytes))
        let random = SecretBytes.random(count: 32)
        let nonce = random.withUnsafeBytes { Digest32(loading: $0) }
        _ = signing.begin(draft, in: session, nonce: nonce, at: now)
        let given = SigningDesk.Circumstances(
            session: session, target: target, directory: directory, factors: factors, certificate: signer.certificate,
            current: max(signatures.newestVersion(of: draft.record) ?? 0, draft.record.version),
            id: SignatureID.random())
        let secret = try secret(of: session.person, key)
        let signature: ElectronicSignature
        do {
            signature = try signing.sign(
                nonce, shown: shown, credentials: &credentials, secret: secret, key: own, given, at: now)
        } catch SigningRefusal.otherPerson {
            alarms.raise(.foreignSigning, of: session.person, at: now)
            throw SigningRefusal.otherPerson
        }
        let record = signature.record
        signatures.lines[record.id] = SignatureBook.Line(
            id: record.id, signer: record.signer, meaning: record.meaning, record: record.record,
            signedAt: record.signedAt, digest: SHA256Digest.of(signature.encoded()))
        return signature
    }

    /// The key of the installation: whose a signature is, it says. Nil before the first signer had one.
    package func authority(_ key: borrowing HostKey) throws -> HybridSignature.PublicKey? {
        guard let authority = signers.authority else { return nil }
        return try Self.authority(authority, key).publicKey
    }

    func authorityPrivateKey(_ key: borrowing HostKey) throws -> HybridSignature.PrivateKey? {
        guard let kept = signers.authority else { return nil }
        return try Self.authority(kept, key)
    }

    private mutating func signer(
        _ session: LoginSession, _ key: borrowing HostKey, _ now: Moment
    ) throws -> SignerBook.Signer {
        guard let person = directory.people[session.person] else { throw Refusal.notSignedIn(.unknown) }
        if let known = signers.signers[person.id], known.certificate.key.fingerprint == person.signingKey,
            known.certificate.from <= now.wall, now.wall <= known.certificate.until
        {
            return known
        }
        guard let presence = session.presence(under: Self.limits, at: now) else {
            throw SigningRefusal.notPermitted(.presenceNeeded)
        }
        let seeds = try seeds(of: person, key)
        let own = try HybridSignature.PrivateKey(seeds: seeds)
        try directory.setSigningKey(own.publicKey.fingerprint, by: presence, at: now)
        let certificate = try SignerCertificate(
            person: person.id, printedName: person.printedName, key: own.publicKey, from: now.wall,
            until: now.wall.later(by: Self.validity), signedBy: try authorityKey(key))
        let own64 = own.copySeeds()
        let signer = SignerBook.Signer(certificate: certificate, seeds: try key.seal(own64, for: person.id.bytes))
        signers.signers[person.id] = signer
        return signer
    }

    /// Those of the key that he has, or of a new one: who was gone and came back does not sign with the former one.
    private func seeds(of person: Person, _ key: borrowing HostKey) throws -> SecretBytes {
        if let known = signers.signers[person.id], known.certificate.key.fingerprint == person.signingKey {
            return try key.open(known.seeds, for: person.id.bytes)
        }
        return SecretBytes.random(count: 64)
    }

    private mutating func authorityKey(_ key: borrowing HostKey) throws -> HybridSignature.PrivateKey {
        if let kept = signers.authority { return try Self.authority(kept, key) }
        let seeds = SecretBytes.random(count: 64)
        signers.authority = try key.seal(seeds, for: Self.authorityName)
        return try HybridSignature.PrivateKey(seeds: seeds)
    }

    private static let authorityName = Array("authority".utf8)

    private static func authority(_ sealed: [UInt8], _ key: borrowing HostKey) throws -> HybridSignature.PrivateKey {
        try HybridSignature.PrivateKey(seeds: try key.open(sealed, for: authorityName))
    }
}
