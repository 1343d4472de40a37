/// RFC 4648, section 5, without padding, as web tokens and browsers have it.
package enum Base64URL {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Nil for what is not written so, and for what can be written otherwise.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count * 3 / 4)
        var (waiting, bits) = (UInt32(0), 0)
        for character in text {
            guard let value = value(character) else { return nil }
            waiting = waiting << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            result.append(UInt8(truncatingIfNeeded: waiting >> UInt32(bits)))
            waiting &= 1 << UInt32(bits) - 1
        }
        return waiting == 0 ? result : nil
    }

    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var (waiting, bits) = (UInt32(0), 0)
        for byte in bytes {
            waiting = waiting << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(digits[Int(waiting >> UInt32(bits) & 63)])
            }
            waiting &= 1 << UInt32(bits) - 1
        }
        if bits > 0 { text.append(digits[Int(waiting << UInt32(6 - bits) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5A: UInt32(character - 0x41)
        case 0x61...0x7A: UInt32(character - 0x61 + 26)
        case 0x30...0x39: UInt32(character - 0x30 + 52)
        case 0x2D: 62
        case 0x5F: 63
        default: nil
        }
    }
}
