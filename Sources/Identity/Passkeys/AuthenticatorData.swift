import Primitives
import Sealing

/// What an authenticator says of itself and of what happened at it (WebAuthn Level 3, section 6.1).
struct AuthenticatorData: Sendable, Equatable {
    struct Credential: Sendable, Equatable {
        var id: [UInt8]
        var key: PasskeyPublicKey
    }

    /// Section 7.1: an id has 1023 bytes at most.
    private static let longestID: UInt16 = 1023

    var party: Digest32
    var isPresent: Bool
    var isVerified: Bool
    /// The key may be copied to other devices, or was.
    var mayBeBackedUp: Bool
    var isBackedUp: Bool
    var counter: UInt32
    /// With a registration only.
    var credential: Credential?

    init(parsing bytes: [UInt8]) throws(PasskeyRefusal) {
        do {
            self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                try AuthenticatorData(from: &reader)
            }
        } catch {
            throw .malformed
        }
    }

    private init(from reader: inout ByteReader) throws(EncodingError) {
        party = try reader.digest()
        let flags = try reader.u8()
        func isSet(_ bit: UInt8) -> Bool { flags & 1 << bit != 0 }
        (isPresent, isVerified, mayBeBackedUp, isBackedUp) = (isSet(0), isSet(2), isSet(3), isSet(4))
        guard mayBeBackedUp || !isBackedUp else { throw EncodingError("is copied and cannot be") }
        counter = try reader.u32().byteSwapped
        if isSet(6) {
            // The model's id: it is not asked for, and not believed.
            _ = try reader.take(16)
            let count = try reader.u16().byteSwapped
            guard (1...Self.longestID).contains(count) else {
                throw EncodingError("has an id of no length that they have")
            }
            let id = Array(try reader.take(Int(count)))
            guard let key = PasskeyPublicKey(try CompactBinary(from: &reader)) else {
                throw EncodingError("has a key that is not verified with here")
            }
            credential = Credential(id: id, key: key)
        }
        if isSet(7) { _ = try CompactBinary(from: &reader) }
        guard reader.isAtEnd else { throw EncodingError("goes on behind its end") }
    }
}
