import Primitives
import Sealing

@testable import TransparencyLog

/// Signers of tests, made from numbers.
enum SigningKeys {
    static func signer(_ name: String, _ role: NoteSigner.Role, _ number: UInt8 = 1) throws -> NoteSigner {
        try NoteSigner(
            name: noteName(name), role: role,
            seeds: SecretBytes(count: 64) { seeds in
                for place in seeds.indices { seeds[place] = UInt8(place) &* 3 &+ number }
            })
    }

    static func log(_ number: UInt8 = 1) throws -> NoteSigner { try signer("example.com/log", .log, number) }

    static func keys(_ number: UInt8 = 1) throws -> [VerifierKey] { try log(number).verifierKeys }
}

struct NoName: Error {}

func noteName(_ text: String) throws -> NoteName {
    guard let name = NoteName(ofKey: text) else { throw NoName() }
    return name
}

extension WallClock {
    /// 2026-01-01, and it stands still.
    static let still = WallClock { Timestamp(nanoseconds: 1_767_225_600_000_000_000) }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
