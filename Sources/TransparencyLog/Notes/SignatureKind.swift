/// How a key signs notes. Others exist (ECDSA, ML-DSA-44); lines by them are passed over as lines by unknown keys are.
package enum SignatureKind: Sendable, Hashable, CaseIterable {
    /// 0x01: over the text.
    case ed25519
    /// 0x04: over a time and the text (C2SP tlog-cosignature), with the time before the signature.
    case cosignature
    /// 0xff and `identifier`: ML-DSA-65 (FIPS 204) over the key's name, a time and the text, with the time before the signature. It is of our own making
    /// (docs/audit-log.md), until ML-DSA-44, which C2SP has as 0x06, is to be had.
    case mldsa65

    package static let identifier = "safehold-ml-dsa-65-cosignature-v1"

    /// What a vkey has before the public key, and the hash of a key's id covers.
    var prefix: [UInt8] {
        switch self {
        case .ed25519: [0x01]
        case .cosignature: [0x04]
        case .mldsa65: [0xFF] + Array(Self.identifier.utf8)
        }
    }

    var publicKeyCount: Int { self == .mldsa65 ? 1952 : 32 }

    /// Of what follows the key's id in a line.
    var signatureCount: Int {
        switch self {
        case .ed25519: 64
        case .cosignature: 8 + 64
        case .mldsa65: 8 + 3309
        }
    }

    package var isTimed: Bool { self != .ed25519 }

    /// The bytes that are signed. `time`: seconds since 1970, of kinds that have one.
    func message(_ text: [UInt8], name: NoteName, time: UInt64) -> [UInt8] {
        switch self {
        case .ed25519: text
        case .cosignature: Array("cosignature/v1\ntime \(time)\n".utf8) + text
        case .mldsa65: Array("\(Self.identifier)\nname ".utf8) + name.utf8 + Array("\ntime \(time)\n".utf8) + text
        }
    }
}
