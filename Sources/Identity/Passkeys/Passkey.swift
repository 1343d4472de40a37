import Primitives
import Sealing

/// What a browser brings when somebody makes a passkey.
package struct PasskeyRegistration: Sendable {
    package var clientData: [UInt8]
    package var attestation: [UInt8]

    package init(clientData: [UInt8], attestation: [UInt8]) {
        (self.clientData, self.attestation) = (clientData, attestation)
    }
}

/// What a browser brings when somebody shows a passkey.
package struct PasskeyAssertion: Sendable {
    package var credential: [UInt8]
    package var clientData: [UInt8]
    package var authenticatorData: [UInt8]
    package var signature: [UInt8]

    package init(credential: [UInt8], clientData: [UInt8], authenticatorData: [UInt8], signature: [UInt8]) {
        (self.credential, self.clientData) = (credential, clientData)
        (self.authenticatorData, self.signature) = (authenticatorData, signature)
    }
}

/// Somebody's passkey (WebAuthn Level 3): what is kept of it, and how it is verified. Prepared for a console; no command offers it.
///
/// Which model an authenticator is (attestation) is not asked for, and what it says of that is not believed.
package struct Passkey: Sendable, Equatable {
    package let person: PersonID
    package let id: [UInt8]
    package let key: PasskeyPublicKey
    /// It may be copied to other devices of its owner.
    package let mayBeBackedUp: Bool
    /// Of the last time; 0 for one that does not count.
    package private(set) var counter: UInt32

    /// Takes one that somebody made just now (section 7.1).
    package init(
        _ registration: PasskeyRegistration, of person: PersonID, answering demand: PasskeyDemand
    ) throws(PasskeyRefusal) {
        try demand.check(registration.clientData, .registration)
        guard registration.attestation.count <= 64 << 10,
            let object = try? CompactBinary(parsing: registration.attestation), object["fmt"]?.text != nil,
            let bytes = object["authData"]?.bytes
        else { throw .malformed }
        let data = try AuthenticatorData(parsing: bytes)
        try demand.check(data)
        guard let credential = data.credential else { throw .malformed }
        (self.person, id, key) = (person, credential.id, credential.key)
        (mayBeBackedUp, counter) = (data.mayBeBackedUp, data.counter)
    }

    /// Looks at what somebody shows (section 7.2). What is not right changes nothing.
    package mutating func verify(
        _ assertion: PasskeyAssertion, answering demand: PasskeyDemand
    ) throws(PasskeyRefusal) {
        guard assertion.credential == id else { throw .unknownCredential }
        try demand.check(assertion.clientData, .assertion)
        let data = try AuthenticatorData(parsing: assertion.authenticatorData)
        try demand.check(data)
        // What it said of itself at the beginning holds for good (section 7.2, step 18).
        guard data.mayBeBackedUp == mayBeBackedUp else { throw .malformed }
        let signed = assertion.authenticatorData + SHA256Digest.of(assertion.clientData).bytes
        guard key.isRight(assertion.signature, of: signed) else { throw .signature }
        // One that counts goes up; the same number twice is a copy (section 6.1.1).
        guard data.counter > counter || (data.counter == 0 && counter == 0) else { throw .counter }
        counter = data.counter
    }
}
