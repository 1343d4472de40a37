import Primitives
import Sealing

/// That a key is a person's own, said by the installation's authority when it was enrolled: whoever has the authority's fingerprint needs
/// no server to know whose a signature is.
package struct SignerCertificate: Sendable, Equatable {
    package let person: PersonID
    /// As it was when the key was enrolled.
    package let printedName: String
    package let key: HybridSignature.PublicKey
    package let from: Timestamp
    package let until: Timestamp
    package let signature: [UInt8]

    package init(
        person: PersonID, printedName: String, key: HybridSignature.PublicKey, from: Timestamp, until: Timestamp,
        signedBy authority: borrowing HybridSignature.PrivateKey
    ) throws {
        let body = Self.body(person, printedName, key, from, until)
        (self.person, self.printedName, self.key) = (person, printedName, key)
        (self.from, self.until) = (from, until)
        signature = try authority.sign(Self.message(body))
    }

    package func isValid(under authority: HybridSignature.PublicKey) -> Bool {
        authority.isValid(signature, for: Self.message(Self.body(person, printedName, key, from, until)))
    }

    package func encoded() -> [UInt8] {
        var fields = Fields()
        fields[1] = Self.body(person, printedName, key, from, until)
        fields[2] = signature
        return fields.encoded()
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        let outer = try Fields(decoding: bytes)
        let fields = try Fields(decoding: try outer.bytes(1))
        person = try fields.identifier(1)
        printedName = try fields.text(2)
        key = try HybridSignature.PublicKey(bytes: try fields.bytes(3))
        from = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(4)))
        until = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(5)))
        signature = try outer.bytes(2)
        guard encoded() == bytes else { throw EncodingError("is not in its one encoding") }
    }

    private static func body(
        _ person: PersonID, _ name: String, _ key: HybridSignature.PublicKey, _ from: Timestamp, _ until: Timestamp
    ) -> [UInt8] {
        var fields = Fields()
        fields[1] = person.bytes
        fields.set(2, text: name)
        fields[3] = key.bytes
        fields.set(4, integer: UInt64(bitPattern: from.nanoseconds))
        fields.set(5, integer: UInt64(bitPattern: until.nanoseconds))
        return fields.encoded()
    }

    private static func message(_ body: [UInt8]) -> [UInt8] { Array("safehold v1 signer".utf8) + body }
}
