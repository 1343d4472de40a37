import Primitives
import Sealing

/// Why a passkey was not taken, or what it showed was not.
package enum PasskeyRefusal: Error, Equatable, Sendable, CaseIterable {
    case malformed
    /// It is the answer to something else, or of another kind.
    case otherCeremony
    case otherChallenge
    /// It was made at another address, or in a frame of another's page.
    case otherOrigin
    case otherParty
    /// Nobody touched the authenticator.
    case notPresent
    /// Who touched it has not shown there that he is its owner.
    case notVerified
    case unknownCredential
    case signature
    /// Two authenticators have the same key.
    case counter
}

/// Where passkeys are good, and what is asked of one now (WebAuthn Level 3, sections 7.1 and 7.2).
package struct PasskeyDemand: Sendable, Equatable {
    /// A domain: the relying party's id.
    package let party: String
    /// The addresses of the pages that ask, as browsers have them: https://backup.example.org
    package let origins: Set<String>
    /// Random, or the digest of what is signed. It is good once; whoever asks forgets it with the answer.
    package let challenge: [UInt8]

    /// No challenge is shorter (section 13.4.3).
    package static let shortestChallenge = 16

    package init(party: String, origins: Set<String>, challenge: [UInt8]) {
        precondition(challenge.count >= Self.shortestChallenge)
        (self.party, self.origins, self.challenge) = (party, origins, challenge)
    }

    enum Kind: String {
        case registration = "webauthn.create"
        case assertion = "webauthn.get"
    }

    /// What the browser says of the page that asked.
    func check(_ clientData: [UInt8], _ kind: Kind) throws(PasskeyRefusal) {
        guard clientData.count <= 16 << 10, let said = try? JSON(parsing: clientData) else { throw .malformed }
        guard said["type"]?.text == kind.rawValue else { throw .otherCeremony }
        guard let shown = said["challenge"]?.text.flatMap({ Base64URL.decode(Array($0.utf8)) }),
            ConstantTime.areEqual(shown, challenge)
        else { throw .otherChallenge }
        guard let origin = said["origin"]?.text, origins.contains(origin) else { throw .otherOrigin }
        guard said["crossOrigin"]?.flag != true, said["topOrigin"] == nil else { throw .otherOrigin }
    }

    /// What the authenticator says: it was asked for us, somebody was there, and showed that he is the owner.
    func check(_ data: AuthenticatorData) throws(PasskeyRefusal) {
        guard ConstantTime.areEqual(data.party, SHA256Digest.of(Array(party.utf8))) else { throw .otherParty }
        guard data.isPresent else { throw .notPresent }
        guard data.isVerified else { throw .notVerified }
    }
}

extension PasskeyDemand {
    /// What a passkey signs so that it is an electronic signature on exactly this record, and on nothing else.
    package static func challenge(signing record: SignatureRecord) -> [UInt8] {
        SHA256Digest.of(Array("esig/v1".utf8) + record.encoded()).bytes
    }
}
