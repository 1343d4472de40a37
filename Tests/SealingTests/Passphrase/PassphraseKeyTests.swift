import Crypto
import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct PassphraseKeyTests {
    struct ScryptCase: Decodable {
        var passphrase, salt: HexBytes
        var logN: UInt8
        var r, p: UInt32
        var output: HexBytes
    }

    @Test func scryptGivesKeyAndCommitment() throws {
        for vector in try Vectors<ScryptCase>.load("scrypt") {
            let parameters = ScryptParameters(logN: vector.logN, r: vector.r, p: vector.p)
            let derived = try PassphraseKey(
                passphrase: vector.passphrase.bytes.secret, salt: vector.salt.bytes, parameters: parameters)
            #expect(derived.commitment.bytes == Array(vector.output.bytes[32...]))
            // The key does not show itself; what it seals does.
            let nonce = SealNonce(domain: 0, number: 0)
            let expected = AEADKey(SymmetricKey(data: vector.output.bytes[..<32]))
            #expect(
                try derived.key.seal([1], nonce: nonce, authenticating: [])
                    == expected.seal([1], nonce: nonce, authenticating: []))

            let other = try PassphraseKey(
                passphrase: (vector.passphrase.bytes + [0x20]).secret, salt: vector.salt.bytes, parameters: parameters)
            #expect(other.commitment != derived.commitment)
        }
    }

    struct Case: Decodable {
        var passphrase, salt: HexBytes
        var logN: UInt8
        var r, p: UInt32
        var commitment, aad, seed, sealed: HexBytes
    }

    @Test func aRecipientOfAnotherImplementationOpens() throws {
        let vector = try #require(try Vectors<Case>.load("passphrase").first)
        let parameters = ScryptParameters(logN: vector.logN, r: vector.r, p: vector.p)
        #expect(parameters.isAcceptable)
        let derived = try PassphraseKey(
            passphrase: vector.passphrase.bytes.secret, salt: vector.salt.bytes, parameters: parameters)
        #expect(derived.commitment.bytes == vector.commitment.bytes)
        let nonce = SealNonce(domain: 0, number: 0)
        #expect(
            try derived.key.open(vector.sealed.bytes, nonce: nonce, authenticating: vector.aad.bytes)
                == vector.seed.bytes)
        #expect(throws: EncodingError.self) {
            try derived.key.open(vector.sealed.bytes.flippingBit(0), nonce: nonce, authenticating: vector.aad.bytes)
        }
    }

    @Test func parametersThatAreTooWeakOrTooGreedyAreNotAcceptable() {
        #expect(ScryptParameters.standard.isAcceptable)
        for (logN, r, p) in [(14, 8, 1), (21, 8, 1), (16, 1, 1), (16, 16, 1), (16, 8, 0), (16, 8, 17), (255, 8, 1)]
            as [(UInt8, UInt32, UInt32)]
        {
            #expect(!ScryptParameters(logN: logN, r: r, p: p).isAcceptable)
        }
    }

    @Test func parametersThatNoScryptHasThrow() {
        for (logN, r, p) in [(0, 8, 1), (64, 8, 1), (16, 0, 1), (16, 8, 0), (30, 8, 1)] as [(UInt8, UInt32, UInt32)] {
            #expect(throws: (any Error).self) {
                try PassphraseKey(
                    passphrase: SecretBytes.random(count: 8), salt: [1],
                    parameters: ScryptParameters(logN: logN, r: r, p: p))
            }
        }
    }
}
