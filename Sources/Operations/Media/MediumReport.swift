import Primitives
import Storage

/// What a check or a repair of a medium found.
package struct MediumReport: Sendable {
    package struct Damage: Sendable, Equatable {
        /// Name of an object, or of a file that protects objects.
        package var object: String
        package var problem: String
        package var remedy: Remedy
    }

    package enum Remedy: String, Sendable {
        /// Parity brings it back, byte for byte.
        case mendable
        /// It was brought back.
        case mended
        /// It was taken from the repository again.
        case copied
        /// More is damaged than parity can mend, or there is no parity for it.
        case lost
    }

    package var medium: MediumFacts
    package var objects: UInt64 = 0
    package var bytes: UInt64 = 0
    package var segments: UInt64 = 0
    package var parityBytes: UInt64 = 0
    /// Objects without parity: the last copy did not come to its end.
    package var unprotected: UInt64 = 0
    package var damages: [Damage] = []
    package var seconds: Double = 0

    package func count(_ remedy: Remedy) -> UInt64 { UInt64(damages.count { $0.remedy == remedy }) }
    /// What is not as it should be when the command has ended.
    package var open: UInt64 { count(.mendable) + count(.lost) }
}
