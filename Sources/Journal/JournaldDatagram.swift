/// An entry as systemd-journald wants it: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.
package enum JournaldDatagram {
    /// A field that is longer is cut: what does not fit into a datagram would be lost whole.
    static let longestField = 16 << 10

    package static func of(_ entry: JournalEntry, identifier: String) -> [UInt8] {
        var out: [UInt8] = []
        add("MESSAGE", entry.message, to: &out)
        add("PRIORITY", String(entry.level.rawValue), to: &out)
        add("SYSLOG_IDENTIFIER", identifier, to: &out)
        for (field, value) in entry.sortedFields { add("SAFEHOLD_\(field.rawValue.uppercased())", value, to: &out) }
        return out
    }

    private static func add(_ name: String, _ value: String, to out: inout [UInt8]) {
        let bytes = cut(value)
        out += Array(name.utf8)
        if bytes.contains(0x0A) {
            out.append(0x0A)
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                out.append(UInt8(truncatingIfNeeded: UInt64(bytes.count) >> shift))
            }
        } else {
            out.append(UInt8(ascii: "="))
        }
        out += bytes + [0x0A]
    }

    private static func cut(_ value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        guard bytes.count > longestField else { return bytes }
        // Not in the middle of a character.
        let end = (0..<4).map { longestField - $0 }.first { bytes[$0] & 0xC0 != 0x80 } ?? longestField
        return Array(bytes[..<end]) + Array(" (cut)".utf8)
    }
}
