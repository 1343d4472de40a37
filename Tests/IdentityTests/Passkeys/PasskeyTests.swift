import Crypto
import Foundation
import Primitives
import Sealing
import Testing

@testable import Identity

/// Passkeys, by the test vectors of the standard (Web Authentication Level 3, section 16).
@Suite("Passkeys") struct PasskeyTests {
    private struct Vector {
        let name: String
        private let fields: [String: [UInt8]]

        init(_ lines: [Substring]) throws {
            let words = lines.map { $0.split(separator: " ") }
            name = String(words[0][1])
            fields = Dictionary(
                uniqueKeysWithValues: try words.dropFirst().map { (String($0[0]), try #require(Hex.decode($0[1]))) })
        }

        subscript(_ name: String) -> [UInt8] { fields[name] ?? [] }

        var registration: PasskeyRegistration {
            PasskeyRegistration(clientData: self["registration-client-data"], attestation: self["attestation"])
        }

        var assertion: PasskeyAssertion {
            PasskeyAssertion(
                credential: self["credential"], clientData: self["client-data"],
                authenticatorData: self["authenticator-data"], signature: self["signature"])
        }

        func demand(_ challenge: String) -> PasskeyDemand {
            PasskeyDemand(party: "example.org", origins: ["https://example.org"], challenge: self[challenge])
        }

        func passkey() throws -> Passkey {
            try Passkey(registration, of: PasskeyTests.owner, answering: demand("registration-challenge"))
        }
    }

    private static let owner = PersonID.random()

    private static let vectors: [String: Vector] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let parts = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        var found: [String: Vector] = [:]
        var lines: [Substring] = []
        for line in parts + ["vector end"] {
            if line.hasPrefix("vector "), !lines.isEmpty, let vector = try? Vector(lines) {
                found[vector.name] = vector
            }
            lines = line.hasPrefix("vector ") ? [line] : lines + [line]
        }
        return found
    }()

    private static func vector(_ name: String) throws -> Vector { try #require(vectors[name]) }

    private static func refusal(_ work: () throws -> Void) -> PasskeyRefusal? {
        do {
            try work()
            return nil
        } catch {
            return error as? PasskeyRefusal
        }
    }

    @Test("are made and shown, where their owner was verified", arguments: ["packed-es256", "tpm-es256"])
    func right(_ name: String) throws {
        let vector = try Self.vector(name)
        var passkey = try vector.passkey()
        #expect(passkey.id == vector["credential"] && passkey.person == Self.owner && passkey.mayBeBackedUp)
        try passkey.verify(vector.assertion, answering: vector.demand("challenge"))
    }

    @Test(
        "sign by ES256 and by Ed25519",
        arguments: [
            "none-es256", "none-es256-crossOrigin", "none-es256-topOrigin", "none-es256-long-credential-id",
            "packed-self-es256", "packed-es256", "packed-eddsa", "tpm-es256",
        ])
    func signatures(_ name: String) throws {
        let vector = try Self.vector(name)
        let object = try CompactBinary(parsing: vector["attestation"])
        let data = try AuthenticatorData(parsing: try #require(object["authData"]?.bytes))
        let credential = try #require(data.credential)
        #expect(credential.id == vector["credential"] && data.party == SHA256Digest.of(Array("example.org".utf8)))
        let signed = vector["authenticator-data"] + SHA256Digest.of(vector["client-data"]).bytes
        #expect(credential.key.isRight(vector["signature"], of: signed))
        #expect(!credential.key.isRight(vector["signature"], of: signed + [0]))
        var changed = vector["signature"]
        changed[changed.count - 1] ^= 1
        #expect(!credential.key.isRight(changed, of: signed))
    }

    @Test(
        "are not taken where nobody showed that he is the owner, from another's page, or with another kind of key",
        arguments: [
            ("none-es256", PasskeyRefusal.notVerified), ("packed-eddsa", .notVerified),
            ("none-es256-long-credential-id", .notVerified), ("none-es256-crossOrigin", .otherOrigin),
            ("none-es256-topOrigin", .otherOrigin), ("packed-es384", .malformed), ("packed-rs256", .malformed),
        ])
    func unfit(_ name: String, _ expected: PasskeyRefusal) throws {
        let vector = try Self.vector(name)
        #expect(Self.refusal { _ = try vector.passkey() } == expected)
    }

    @Test("show nothing where the owner was verified once and is not now") func verifiedOnce() throws {
        let vector = try Self.vector("packed-self-es256")
        var passkey = try vector.passkey()
        #expect(
            Self.refusal { try passkey.verify(vector.assertion, answering: vector.demand("challenge")) } == .notVerified
        )
    }

    @Test("answer one challenge, of one page, for one party, by one key") func bound() throws {
        let vector = try Self.vector("packed-es256")
        var passkey = try vector.passkey()
        let challenge = vector["challenge"]
        func demand(
            party: String = "example.org", origin: String = "https://example.org", challenge: [UInt8]
        ) -> PasskeyDemand {
            PasskeyDemand(party: party, origins: [origin], challenge: challenge)
        }
        let cases: [(PasskeyDemand, PasskeyRefusal)] = [
            (demand(challenge: challenge.reversed()), .otherChallenge),
            (demand(challenge: challenge + [0]), .otherChallenge),
            (demand(origin: "https://evil.org", challenge: challenge), .otherOrigin),
            (demand(party: "evil.org", challenge: challenge), .otherParty),
        ]
        for (demand, expected) in cases {
            #expect(Self.refusal { try passkey.verify(vector.assertion, answering: demand) } == expected)
        }
        var swapped = vector.assertion
        swapped.clientData = vector["registration-client-data"]
        let registering = vector.demand("registration-challenge")
        #expect(Self.refusal { try passkey.verify(swapped, answering: registering) } == .otherCeremony)
        swapped = vector.assertion
        swapped.credential = try Self.vector("tpm-es256")["credential"]
        #expect(
            Self.refusal { try passkey.verify(swapped, answering: demand(challenge: challenge)) } == .unknownCredential)
        swapped = vector.assertion
        swapped.signature = try Self.vector("tpm-es256")["signature"]
        #expect(Self.refusal { try passkey.verify(swapped, answering: demand(challenge: challenge)) } == .signature)
        swapped.signature = []
        #expect(Self.refusal { try passkey.verify(swapped, answering: demand(challenge: challenge)) } == .signature)
    }

    @Test("are not what is cut off or goes on, wherever that is") func cut() throws {
        let vector = try Self.vector("packed-es256")
        let (attestation, data) = (vector["attestation"], vector["authenticator-data"])
        for count in 0..<attestation.count {
            var registration = vector.registration
            registration.attestation = Array(attestation[..<count])
            let demand = vector.demand("registration-challenge")
            #expect(
                Self.refusal { _ = try Passkey(registration, of: Self.owner, answering: demand) } == .malformed,
                "\(count)")
        }
        for bytes in [Array(data.dropLast()), data + [0], []] {
            #expect(throws: PasskeyRefusal.malformed) { try AuthenticatorData(parsing: bytes) }
        }
    }

    /// An authenticator of our own, where the standard's vectors have none that counts.
    private struct Authenticator {
        let key = Curve25519.Signing.PrivateKey()

        private func data(_ flags: UInt8, _ counter: UInt32, _ more: [UInt8] = []) -> [UInt8] {
            SHA256Digest.of(Array("example.org".utf8)).bytes + [flags]
                + withUnsafeBytes(of: counter.bigEndian) { Array($0) } + more
        }

        private func client(_ kind: String, _ challenge: [UInt8]) -> [UInt8] {
            Array(
                #"{"type":"\#(kind)","challenge":"\#(Base64URL.encode(challenge))","origin":"https://example.org"}"#
                    .utf8)
        }

        func registration(_ demand: PasskeyDemand, flags: UInt8 = 0x45) -> PasskeyRegistration {
            // {1: 1, 3: -8, -1: 6, -2: the key}
            let cose =
                [0xA4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20] + [UInt8](key.publicKey.rawRepresentation)
            let data = data(flags, 0, [UInt8](repeating: 0, count: 16) + [0, 2, 7, 7] + cose)
            // {"fmt": "none", "attStmt": {}, "authData": data}
            let object =
                [0xA3, 0x63] + Array("fmt".utf8) + [0x64] + Array("none".utf8) + [0x67] + Array("attStmt".utf8) + [
                    0xA0, 0x68,
                ]
                + Array("authData".utf8) + [0x58, UInt8(data.count)] + data
            return PasskeyRegistration(clientData: client("webauthn.create", demand.challenge), attestation: object)
        }

        func assertion(_ demand: PasskeyDemand, counter: UInt32, flags: UInt8 = 0x05) throws -> PasskeyAssertion {
            let (data, client) = (data(flags, counter), client("webauthn.get", demand.challenge))
            return PasskeyAssertion(
                credential: [7, 7], clientData: client, authenticatorData: data,
                signature: [UInt8](try key.signature(for: data + SHA256Digest.of(client).bytes)))
        }
    }

    @Test("count up, or not at all: a copy is noticed") func counter() throws {
        let authenticator = Authenticator()
        let demand = PasskeyDemand(
            party: "example.org", origins: ["https://example.org"], challenge: [UInt8](repeating: 1, count: 16))
        var passkey = try Passkey(authenticator.registration(demand), of: Self.owner, answering: demand)
        for _ in 0..<2 { try passkey.verify(try authenticator.assertion(demand, counter: 0), answering: demand) }
        try passkey.verify(try authenticator.assertion(demand, counter: 5), answering: demand)
        for counter: UInt32 in [5, 4, 0] {
            #expect(
                Self.refusal {
                    try passkey.verify(try authenticator.assertion(demand, counter: counter), answering: demand)
                } == .counter)
        }
        #expect(passkey.counter == 5)
        try passkey.verify(try authenticator.assertion(demand, counter: 6), answering: demand)
        #expect(
            Self.refusal {
                try passkey.verify(try authenticator.assertion(demand, counter: 7, flags: 0x04), answering: demand)
            } == .notPresent)
        #expect(
            Self.refusal {
                try passkey.verify(try authenticator.assertion(demand, counter: 7, flags: 0x01), answering: demand)
            } == .notVerified)
    }

    @Test("sign one record and no other, when that is what they are asked for") func records() throws {
        let record = try SignatureWorld().signFirst().record
        var other = record
        other.meaning = .witness
        let (own, foreign) = (PasskeyDemand.challenge(signing: record), PasskeyDemand.challenge(signing: other))
        #expect(own != foreign && own.count == 32)
        let authenticator = Authenticator()
        let demand = PasskeyDemand(party: "example.org", origins: ["https://example.org"], challenge: own)
        var passkey = try Passkey(authenticator.registration(demand), of: Self.owner, answering: demand)
        let assertion = try authenticator.assertion(demand, counter: 1)
        let carriedOver = PasskeyDemand(party: "example.org", origins: ["https://example.org"], challenge: foreign)
        #expect(Self.refusal { try passkey.verify(assertion, answering: carriedOver) } == .otherChallenge)
        try passkey.verify(assertion, answering: demand)
    }
}
