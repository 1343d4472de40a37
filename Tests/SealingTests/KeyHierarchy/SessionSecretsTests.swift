import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct SessionSecretsTests {
    struct Case: Decodable {
        var kind: UInt8
        var secret, object, commitment: HexBytes
        var nonceDomain: UInt32
        var nonceNumber: UInt64
        var aad, plaintext, sealed: HexBytes
    }

    @Test func objectKeysAreThoseOfAnotherImplementation() throws {
        for vector in try Vectors<Case>.load("object-key") {
            let kind = try #require(SealKind(rawValue: vector.kind))
            let secret = SessionSecret(vector.secret.bytes.secret, kind)
            let object = try #require(SealedObjectID(bytes: vector.object.bytes))
            let (key, commitment) = secret.objectKey(for: object)
            #expect(commitment.bytes == vector.commitment.bytes)
            let nonce = SealNonce(domain: vector.nonceDomain, number: vector.nonceNumber)
            #expect(
                try key.open(vector.sealed.bytes, nonce: nonce, authenticating: vector.aad.bytes)
                    == vector.plaintext.bytes)
            #expect(
                try key.seal(vector.plaintext.bytes, nonce: nonce, authenticating: vector.aad.bytes)
                    == vector.sealed.bytes)
            #expect(throws: EncodingError.self) {
                try key.open(vector.sealed.bytes.flippingBit(100), nonce: nonce, authenticating: vector.aad.bytes)
            }
            let other = try #require(SealedObjectID(bytes: vector.object.bytes.flippingBit(127)))
            let otherCommitment = secret.objectKey(for: other).commitment
            #expect(otherCommitment != commitment)
        }
    }

    /// A reader of a session: what the writer sealed to the epoch gives the same object keys again.
    @Test func aSealedSessionSecretOpensToTheSameKeys() throws {
        let (repository, domain, object) = (RepositoryID.random(), DomainID.random(), SealedObjectID.random())
        for kind in [SealKind.data, .structure] {
            let epoch = try Encapsulation.PrivateKey.random()
            let secret = SessionSecret.random(kind)
            let info = SessionSecret.info(kind, repository: repository, domain: domain, epoch: 7)
            #expect(
                info == Array("safehold v1 session".utf8) + repository.bytes + domain.bytes + [
                    7, 0, 0, 0, kind.rawValue,
                ])
            let seal = try secret.sealed(to: epoch.publicKey, info: info)
            #expect(seal.kind == kind && seal.kem == 0x647A && seal.sealed.count == 1168)
            let opened = SessionSecret(try epoch.open(seal.sealed, info: info), kind)
            let (mine, theirs) = (secret.objectKey(for: object).commitment, opened.objectKey(for: object).commitment)
            #expect(mine == theirs)
            let elsewhere = SessionSecret.info(kind, repository: repository, domain: domain, epoch: 8)
            #expect(throws: EncodingError.self) { _ = try epoch.open(seal.sealed, info: elsewhere) }
        }
    }
}
