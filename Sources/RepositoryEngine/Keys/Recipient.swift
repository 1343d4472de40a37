import Primitives
import Sealing

/// One who can open: a passphrase, a key file, or a key that was split into escrow shares.
package struct Recipient: Sendable {
    package enum Kind: UInt64, Sendable {
        case passphrase = 1, keyFile = 2, escrow = 3

        package var name: String {
            switch self {
            case .passphrase: "passphrase"
            case .keyFile: "key file"
            case .escrow: "escrow shares"
            }
        }
    }

    package struct Powers: OptionSet, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
        package static let opens = Powers(rawValue: 1)
        package static let administers = Powers(rawValue: 2)
        /// Opens the structure of backups and nothing else: for who collects and checks.
        package static let maintains = Powers(rawValue: 4)

        /// What of an epoch is sealed to somebody with these powers.
        var slot: Slot.Purpose? {
            if contains(.opens) { return .epoch }
            return contains(.maintains) ? .structure : nil
        }
    }

    /// What turns a passphrase into the recipient's private seed.
    package struct PassphraseSlot: Sendable {
        var salt: [UInt8]
        var parameters: ScryptParameters
        var commitment: Digest32
        var sealedSeed: [UInt8]
    }

    package var id: RecipientID
    package var kind: Kind
    package var label: String
    package var publicKey: Encapsulation.PublicKey
    package var created: Timestamp
    package var powers: Powers
    package var slot: PassphraseSlot?
    package var threshold: UInt64 = 0
    package var shares: UInt64 = 0

    package init(
        id: RecipientID, kind: Kind, label: String, publicKey: Encapsulation.PublicKey, created: Timestamp,
        powers: Powers
    ) {
        self.id = id
        self.kind = kind
        self.label = label
        self.publicKey = publicKey
        self.created = created
        self.powers = powers
    }

    /// A recipient whose private key is sealed under `passphrase` in its own record.
    package static func protected(
        by passphrase: borrowing SecretBytes, label: String, repository: RepositoryID, created: Timestamp,
        parameters: ScryptParameters = .standard
    ) throws -> Recipient {
        let key = try Encapsulation.PrivateKey.random()
        var recipient = Recipient(
            id: .random(), kind: .passphrase, label: label, publicKey: key.publicKey, created: created,
            powers: [.opens, .administers])
        let salt = SecretBytes.random(count: 32).withUnsafeBytes { Array($0) }
        let derived = try PassphraseKey(passphrase: passphrase, salt: salt, parameters: parameters)
        let seed = key.copySeed()
        let sealed = try seed.withUnsafeBytes { seed in
            try derived.key.seal(
                Array(seed), nonce: SealNonce(domain: 0, number: 0), authenticating: slotData(repository, recipient.id))
        }
        recipient.slot = PassphraseSlot(
            salt: salt, parameters: parameters, commitment: derived.commitment, sealedSeed: sealed)
        return recipient
    }

    private static func slotData(_ repository: RepositoryID, _ id: RecipientID) -> [UInt8] {
        Array("safehold v1 recipient".utf8) + repository.bytes + id.bytes
    }

    /// The private key, or nil when the passphrase is another one.
    package func open(with passphrase: borrowing SecretBytes, repository: RepositoryID) throws -> Encapsulation
        .PrivateKey?
    {
        guard let slot, slot.parameters.isAcceptable else { return nil }
        let derived = try PassphraseKey(passphrase: passphrase, salt: slot.salt, parameters: slot.parameters)
        guard derived.commitment == slot.commitment else { return nil }
        var seed = try derived.key.open(
            slot.sealedSeed, nonce: SealNonce(domain: 0, number: 0), authenticating: Self.slotData(repository, id))
        let key = try Encapsulation.PrivateKey(seed: SecretBytes(consuming: &seed))
        guard key.publicKey == publicKey else { throw EncodingError("holds another key than it says") }
        return key
    }

    package var fields: Fields {
        var fields = Fields()
        fields[1] = id.bytes
        fields.set(2, integer: kind.rawValue)
        fields.set(3, text: label)
        fields[4] = publicKey.bytes
        fields.set(5, integer: created.seconds)
        fields.set(6, integer: powers.rawValue)
        if let slot {
            fields[7] = slot.salt
            fields.set(8, integer: UInt64(slot.parameters.logN))
            fields.set(9, integer: UInt64(slot.parameters.r))
            fields.set(10, integer: UInt64(slot.parameters.p))
            fields[11] = slot.commitment.bytes
            fields[12] = slot.sealedSeed
        }
        if kind == .escrow {
            fields.set(13, integer: threshold)
            fields.set(14, integer: shares)
        }
        return fields
    }

    package init(fields: Fields) throws(EncodingError) {
        id = try fields.identifier(1)
        guard let kind = Kind(rawValue: try fields.integer(2)) else {
            throw EncodingError("is a recipient of an unknown kind")
        }
        self.kind = kind
        label = try fields.text(3)
        publicKey = try Encapsulation.PublicKey(bytes: try fields.bytes(4))
        created = Timestamp(seconds: try fields.integer(5))
        powers = Powers(rawValue: try fields.integer(6))
        if kind == .passphrase {
            slot = PassphraseSlot(
                salt: try fields.bytes(7),
                parameters: ScryptParameters(
                    logN: UInt8(clamping: try fields.integer(8)), r: try fields.integer32(9),
                    p: try fields.integer32(10)),
                commitment: try fields.digest(11), sealedSeed: try fields.bytes(12))
        }
        if kind == .escrow {
            threshold = try fields.integer(13)
            shares = try fields.integer(14)
        }
    }
}
