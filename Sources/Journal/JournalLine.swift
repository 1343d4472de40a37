import Primitives

/// An entry as a line.
package enum JournalLine {
    /// 2026-11-25T20:47:32Z warning The store is slow. [component=database run=7]
    package static func text(_ entry: JournalEntry) -> String {
        let fields = entry.sortedFields.map { "\($0.field.rawValue)=\(printable($0.value))" }
        let end = fields.isEmpty ? "" : " [\(fields.joined(separator: " "))]"
        return "\(entry.time) \(entry.level.name) \(printable(entry.message))\(end)\n"
    }

    package static func json(_ entry: JournalEntry) -> String {
        var object = JSONObject()
        object.set("schema", UInt64(1))
        object.set("type", "log")
        object.set("time", entry.time)
        object.set("level", entry.level.name)
        object.set("message", entry.message)
        for (field, value) in entry.sortedFields { object.set(field.rawValue, value) }
        return object.value.encoded + "\n"
    }

    /// One line stays one, and moves no cursor.
    private static func printable(_ text: String) -> String {
        text.escaping { scalar in
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            return isControl ? (scalar == "\n" ? "/" : "\u{FFFD}") : nil
        }
    }
}
