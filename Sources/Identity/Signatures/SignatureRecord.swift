import Primitives
import Sealing

package enum SignatureTag {}
package typealias SignatureID = Identifier<SignatureTag>

/// What is signed. Name, time and meaning are inside, so that none of them can be changed afterwards (21 CFR 11.50, 11.70).
package struct SignatureRecord: Sendable, Equatable {
    /// The one way in which version 1 signs; it is inside the signed bytes, and no other is accepted.
    package static let suite = "Ed25519+ML-DSA-65 over SHA-256"

    /// How the signer proved himself.
    package struct Ceremony: Sendable, Equatable {
        package var session: LoginSessionID
        package var components: Set<SigningComponent>
        /// The first of a continuous period is 1 (21 CFR 11.200(a)(1)(i)).
        package var ordinal: UInt64
        package var nonce: Digest32

        package init(session: LoginSessionID, components: Set<SigningComponent>, ordinal: UInt64, nonce: Digest32) {
            (self.session, self.components) = (session, components)
            (self.ordinal, self.nonce) = (ordinal, nonce)
        }
    }

    package var id: SignatureID
    package var signer: PersonID
    /// As it was when he signed: a later one does not change it.
    package var printedName: String
    package var roles: [RoleName]
    package var meaning: SignatureMeaning
    /// What the signer read and agreed to.
    package var statement: String
    /// By the clock of the host that made the signature.
    package var signedAt: Timestamp
    package var zone: SignerZone
    package var record: RecordVersion
    /// SHA-256 of what was shown to him.
    package var rendering: Digest32
    package var ceremony: Ceremony
    /// Signatures on the same record that this one covers.
    package var earlier: [SignatureID]
    /// The fingerprint of the signer's key.
    package var key: Digest32
}

extension SignatureRecord {
    /// Fields by ascending tag: the same record has one encoding.
    package func encoded() -> [UInt8] {
        var fields = Fields()
        fields.set(1, text: Self.suite)
        fields[2] = id.bytes
        fields[3] = signer.bytes
        fields.set(4, text: printedName)
        fields.set(5, list: roles.map { Array($0.description.utf8) })
        fields.set(6, text: meaning.rawValue)
        fields.set(7, text: statement)
        fields.set(8, integer: UInt64(bitPattern: signedAt.nanoseconds))
        fields.set(9, text: zone.name)
        fields.set(10, integer: UInt64(bitPattern: Int64(zone.offset)))
        fields.set(11, text: record.kind)
        fields.set(12, text: record.id)
        fields.set(13, integer: record.version)
        fields.set(14, text: record.mediaType)
        fields[15] = record.digest.bytes
        fields[16] = rendering.bytes
        fields[17] = ceremony.session.bytes
        fields.set(18, list: ceremony.components.map(\.rawValue).sorted().map { Array($0.utf8) })
        fields.set(19, integer: ceremony.ordinal)
        fields[20] = ceremony.nonce.bytes
        fields.set(21, list: earlier.map(\.bytes))
        fields[22] = key.bytes
        return fields.encoded()
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        let fields = try Fields(decoding: bytes)
        guard try fields.text(1) == Self.suite else { throw EncodingError("is signed in a way that is not known") }
        guard let meaning = SignatureMeaning(rawValue: try fields.text(6)),
            let offset = Int(exactly: Int64(bitPattern: try fields.integer(10))),
            let zone = SignerZone(name: try fields.text(9), offset: offset)
        else { throw EncodingError("has no meaning or no zone") }
        self.init(
            id: try fields.identifier(2), signer: try fields.identifier(3), printedName: try fields.text(4),
            roles: try Self.all(try fields.list(5)) { RoleName($0) }, meaning: meaning,
            statement: try fields.text(7), signedAt: Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(8))),
            zone: zone,
            record: RecordVersion(
                kind: try fields.text(11), id: try fields.text(12), version: try fields.integer(13),
                mediaType: try fields.text(14), digest: try fields.digest(15)),
            rendering: try fields.digest(16),
            ceremony: Ceremony(
                session: try fields.identifier(17),
                components: Set(try Self.all(try fields.list(18)) { SigningComponent(rawValue: $0) }),
                ordinal: try fields.integer(19), nonce: try fields.digest(20)),
            earlier: try Self.identifiers(try fields.list(21)), key: try fields.digest(22))
        guard encoded() == bytes else { throw EncodingError("is not in its one encoding") }
    }

    /// What the two signatures are over.
    package var message: [UInt8] { Array("safehold v1 electronic signature".utf8) + encoded() }

    private static func all<Value>(
        _ list: [[UInt8]], _ make: (String) -> Value?
    ) throws(EncodingError) -> [Value] {
        var values: [Value] = []
        for bytes in list {
            guard let value = make(String(decoding: bytes, as: UTF8.self)) else {
                throw EncodingError("has a word that is not known")
            }
            values.append(value)
        }
        return values
    }

    private static func identifiers(_ list: [[UInt8]]) throws(EncodingError) -> [SignatureID] {
        var values: [SignatureID] = []
        for bytes in list {
            guard let value = SignatureID(bytes: bytes) else {
                throw EncodingError("has a signature's id that is none")
            }
            values.append(value)
        }
        return values
    }
}
