/// RFC 4648, section 6, without padding, as otpauth addresses have it.
package enum Base32 {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        bytes.withUnsafeBytes { append($0, to: &out) }
        return String(decoding: out, as: UTF8.self)
    }

    static func append(_ bytes: UnsafeRawBufferPointer, to out: inout [UInt8]) {
        var (waiting, bits) = (UInt32(0), 0)
        for byte in bytes {
            waiting = waiting << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                out.append(alphabet[Int(waiting >> UInt32(bits) & 31)])
            }
            waiting &= 0xFF
        }
        if bits > 0 { out.append(alphabet[Int(waiting << UInt32(5 - bits) & 31)]) }
    }
}
