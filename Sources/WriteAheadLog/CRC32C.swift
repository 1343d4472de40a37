import CISAL

/// A running CRC-32C (Castagnoli, as in RFC 3720, B.4): what servers have in each record of their log, and in a backup manifest unless they are asked for something dearer.
package struct CRC32C: Sendable {
    private var register: UInt32 = .max

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            // The library changes nothing there; its header does not say so.
            let start = UnsafeMutableRawPointer(mutating: piece.baseAddress)?.assumingMemoryBound(to: UInt8.self)
            register = crc32_iscsi(start, Int32(piece.count), register)
            rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
        }
    }

    package var value: UInt32 { ~register }
}
