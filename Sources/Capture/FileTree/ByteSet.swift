/// The bytes that a bracket expression stands for. Never a `/`: brackets do not reach across directories.
struct ByteSet: Sendable {
    private var words = SIMD4<UInt64>(repeating: 0)

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

    private var isEmpty: Bool { words == .zero }
    private mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
    private mutating func remove(_ byte: UInt8) { words[Int(byte >> 6)] &= ~(1 << UInt64(byte & 63)) }
}

extension ByteSet {
    /// Reads `[…]` from its bracket at `index` and leaves `index` behind it.
    ///
    /// The rules are those of git's wildmatch: a `]` in first place is itself, `!` and `^` negate, a backslash takes the
    /// next byte literally, ranges compare bytes, classes are ASCII's.
    init(parsing pattern: [UInt8], at index: inout Int) throws(ExclusionPattern.Nonsense) {
        let unclosed = ExclusionPattern.Nonsense(
            problem: "has a '[' that no ']' closes", advice: "Close it, or write '\\[' to mean the bracket itself.")
        func byte(_ i: Int) throws(ExclusionPattern.Nonsense) -> UInt8 {
            guard i < pattern.count else { throw unclosed }
            return pattern[i]
        }
        var i = index + 1
        let isNegated = try [UInt8(ascii: "!"), UInt8(ascii: "^")].contains(byte(i))
        if isNegated { i += 1 }
        let first = i
        /// What a `-` would make a range from.
        var low: UInt8?
        while true {
            var current = try byte(i)
            if current == UInt8(ascii: "]"), i > first { break }
            if current == UInt8(ascii: "-"), let from = low, try byte(i + 1) != UInt8(ascii: "]") {
                i += 1
                if pattern[i] == .backslash { i += 1 }
                let to = try byte(i)
                if from <= to { for byte in from...to { insert(byte) } }
                low = nil
            } else if current == UInt8(ascii: "["), i + 1 < pattern.count, pattern[i + 1] == UInt8(ascii: ":"),
                let end = try Self.endOfClass(pattern, at: i + 2, unclosed)
            {
                try insertClass(String(decoding: pattern[(i + 2)..<end], as: UTF8.self))
                i = end + 1
                low = nil
            } else {
                if current == .backslash {
                    i += 1
                    current = try byte(i)
                }
                insert(current)
                low = current
            }
            i += 1
        }
        index = i + 1
        if isNegated { words = ~words }
        remove(.slash)
        if isEmpty {
            throw .init(
                problem: "has brackets that hold no character",
                advice: "Write a '/' without brackets: they do not match it.")
        }
    }

    /// Where the `:` of a `:]` stands that ends the class whose name begins at `start`.
    /// Nil when the bracket before it is an ordinary one.
    private static func endOfClass(
        _ pattern: [UInt8], at start: Int, _ unclosed: ExclusionPattern.Nonsense
    ) throws(ExclusionPattern.Nonsense) -> Int? {
        guard let bracket = pattern[start...].firstIndex(of: UInt8(ascii: "]")) else { throw unclosed }
        return bracket > start && pattern[bracket - 1] == UInt8(ascii: ":") ? bracket - 1 : nil
    }

    private mutating func insertClass(_ name: String) throws(ExclusionPattern.Nonsense) {
        guard let members = Self.classes[name] else {
            throw .init(
                problem: "has a class '[:\(name):]' that does not exist",
                advice: "See gitignore(5) and fnmatch(3) for the classes.")
        }
        for byte in UInt8(0)...127 where members(byte) { insert(byte) }
    }

    private static let classes: [String: @Sendable (UInt8) -> Bool] = [
        "alnum": { isLower($0) || isUpper($0) || isDigit($0) },
        "alpha": { isLower($0) || isUpper($0) },
        "blank": { $0 == 0x20 || $0 == 0x09 },
        "cntrl": { $0 < 0x20 || $0 == 0x7F },
        "digit": { isDigit($0) },
        "graph": { (0x21...0x7E).contains($0) },
        "lower": { isLower($0) },
        "print": { (0x20...0x7E).contains($0) },
        "punct": { (0x21...0x7E).contains($0) && !isLower($0) && !isUpper($0) && !isDigit($0) },
        // git's isspace() knows these four and not the vertical tab or the form feed.
        "space": { [0x20, 0x09, 0x0A, 0x0D].contains($0) },
        "upper": { isUpper($0) },
        "xdigit": { isDigit($0) || (0x41...0x46).contains($0) || (0x61...0x66).contains($0) },
    ]

    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
