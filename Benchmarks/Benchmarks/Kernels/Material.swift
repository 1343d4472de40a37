import Primitives
import RepositoryEngine
import Sealing

/// What the kernels are fed with: the same bytes in every run.
enum Material {
    /// SplitMix64.
    struct Numbers: RandomNumberGenerator {
        var state: UInt64 = 1
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static func random(_ count: Int) -> [UInt8] {
        var numbers = Numbers()
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
    }

    /// Words of a small vocabulary: shrinks to about a third, as source text does.
    static func text(_ count: Int) -> [UInt8] {
        var numbers = Numbers()
        let words = (0..<2_000).map { _ in
            (0..<3 + Int(numbers.next() % 8)).map { _ in UInt8(97 + numbers.next() % 26) } + [0x20]
        }
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += words[Int(numbers.next() % 2_000)] }
        return Array(bytes[..<count])
    }

    static func key() -> SecretBytes { SecretBytes(count: 32) { $0[0] = 1 } }
}
