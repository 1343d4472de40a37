import Primitives

/// How numbers, times and names are written for people.
enum Text {
    /// 1023 B, 1.5 KiB, 23.4 GiB.
    static func size(_ bytes: UInt64) -> String { Wording.size(bytes) }

    static func oneDecimal(_ value: Double) -> String { Wording.oneDecimal(value) }

    /// A message may quote what it was given, and that may be anything.
    static func clipped(_ message: String) -> String {
        message.utf8.count <= 2000 ? message : String(message.prefix(1000)) + "… (and so on)"
    }

    /// 1234567 becomes 1,234,567.
    static func count(_ value: UInt64) -> String { Wording.count(value) }

    static func counted(_ value: UInt64, _ one: String, _ many: String) -> String {
        Wording.counted(value, one, many)
    }

    /// 0.4 s, 12 s, 3 min 20 s, 2 h 5 min.
    static func duration(_ seconds: Double) -> String { Wording.duration(seconds) }

    /// 2026-03-02 06:15:00, UTC.
    static func time(_ time: Timestamp) -> String {
        time.description.replacing("T", with: " ").replacing("Z", with: "")
    }

    /// RFC 3339, with nanoseconds where there are some.
    static func preciseTime(_ time: Timestamp) -> String { time.preciseDescription }

    /// The first 16 digits name a snapshot in every repository that will ever be.
    static func short(_ digest: Digest32) -> String { String(digest.hex.prefix(16)) }

    /// A name that cannot move the cursor or colour the screen: control characters and bytes that are not UTF-8 become \xNN.
    static func printable(_ name: [UInt8]) -> String {
        let text = String(decoding: name, as: UTF8.self)
        if text.utf8.elementsEqual(name), !text.unicodeScalars.contains(where: isControl) { return text }
        var out = ""
        var rest = name[...]
        while let byte = rest.first {
            if let scalar = scalar(at: rest), !isControl(scalar) {
                out.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                out += "\\x" + Hex.encode([byte])
                rest = rest.dropFirst()
            }
        }
        return out
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }

    private static func scalar(at bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        var decoder = UTF8()
        var iterator = bytes.prefix(4).makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return scalar
    }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { String(scalar).utf8.count }
}

/// Columns under headings; numbers to the right.
struct Table {
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]]

    init(_ columns: [(heading: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.heading)]
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var lines: [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                if column > 0 { line += "  " }
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += alignments[column] == .right ? space + cell : cell + space
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
