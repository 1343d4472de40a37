import Primitives

/// Comparisons whose time does not depend on where the values differ.
enum ConstantTime {
    static func areEqual(_ x: Digest32, _ y: Digest32) -> Bool {
        ((x.a ^ y.a) | (x.b ^ y.b) | (x.c ^ y.c) | (x.d ^ y.d)) == 0
    }

    /// The lengths may be known.
    static func areEqual(_ x: [UInt8], _ y: [UInt8]) -> Bool {
        guard x.count == y.count else { return false }
        var difference: UInt8 = 0
        for i in x.indices { difference |= x[i] ^ y[i] }
        return difference == 0
    }
}
