/// Names of files, as bytes.
package enum FileName {
    /// Endings longer than this are none.
    static let longestEnding = 32

    /// What stands behind the last point of the last component; empty where there is none, or nothing before it.
    package static func ending(of path: some Collection<UInt8>) -> [UInt8] {
        var ending: [UInt8] = []
        var isNamed = false
        var isEnded = false
        for byte in path.reversed() as [UInt8] {
            if byte == 0x2F { break }
            if isEnded {
                isNamed = true
                break
            }
            if byte == 0x2E { isEnded = true } else { ending.append(byte) }
            if ending.count > longestEnding { return [] }
        }
        return isNamed ? ending.reversed() : []
    }

    /// How one name became another in the same folder, as far as only its end changed.
    package enum Change: Sendable, Equatable {
        /// Something was put behind it: report.docx, report.docx.locked.
        case appended
        /// Another ending took the place of the one before: report.docx, report.locked.
        case replaced
    }

    /// Nil where the names have nothing to do with each other.
    package static func change(from old: [UInt8], to new: [UInt8]) -> Change? {
        if new.count > old.count, new.starts(with: old) {
            let rest = new[old.count...]
            guard let first = rest.first, !rest.contains(0x2F), !isWord(first) else { return nil }
            return .appended
        }
        let (before, after) = (ending(of: old), ending(of: new))
        guard !before.isEmpty, !after.isEmpty, before != after else { return nil }
        return old.dropLast(before.count).elementsEqual(new.dropLast(after.count)) ? .replaced : nil
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
