/// A pattern over absolute paths, as bytes: `*` and `?` stay within a name, `**` spans any number of names, `[a-z]` and `[!a-z]` are
/// sets, `\` takes the next byte as it is. A pattern without a leading slash may begin at any directory.
package struct GlobPattern: Sendable {
    private let names: [[UInt8]]
    /// The directory below which everything that matches lies, without the leading slash.
    package let prefix: [UInt8]

    package init(_ text: String) {
        var names = Array(text.utf8).split(separator: 0x2F).map { Array($0) }
        if !text.hasPrefix("/") { names.insert(Array("**".utf8), at: 0) }
        self.names = names
        prefix = Array(names.dropLast().prefix { !Self.isWild($0) }.joined(separator: [0x2F]))
    }

    static func isPattern(_ text: String) -> Bool { !text.hasPrefix("/") || isWild(Array(text.utf8)) }

    private static func isWild(_ name: [UInt8]) -> Bool {
        name.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B || $0 == 0x5C }
    }

    /// `path` without its leading slash.
    package func matches(_ path: [UInt8]) -> Bool {
        let parts = path.split(separator: 0x2F)
        return matches(parts[...], names[...])
    }

    private func matches(_ parts: ArraySlice<ArraySlice<UInt8>>, _ names: ArraySlice<[UInt8]>) -> Bool {
        guard let name = names.first else { return parts.isEmpty }
        if name == [0x2A, 0x2A] {
            var rest = parts
            while true {
                if matches(rest, names.dropFirst()) { return true }
                if rest.isEmpty { return false }
                rest = rest.dropFirst()
            }
        }
        guard let part = parts.first, Self.match(Array(part), name) else { return false }
        return matches(parts.dropFirst(), names.dropFirst())
    }

    /// One name against one part of the pattern; linear but for one point to go back to.
    private static func match(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (n, p) = (0, 0)
        var star: (n: Int, p: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == 0x2A {
                p += 1
                star = (n, p)
                continue
            }
            if p < pattern.count, let next = step(name[n], pattern, p) {
                (n, p) = (n + 1, next)
                continue
            }
            guard let back = star else { return false }
            star = (back.n + 1, back.p)
            (n, p) = (back.n + 1, back.p)
        }
        return pattern[p...].allSatisfy { $0 == 0x2A }
    }

    /// Where the pattern goes on if its element at `p` lets `byte` through.
    private static func step(_ byte: UInt8, _ pattern: [UInt8], _ p: Int) -> Int? {
        switch pattern[p] {
        case 0x3F: return p + 1
        case 0x5C where p + 1 < pattern.count: return pattern[p + 1] == byte ? p + 2 : nil
        case 0x5B:
            guard let set = set(pattern, p) else { return byte == 0x5B ? p + 1 : nil }
            return set.ranges.contains { $0.contains(byte) } != set.negated ? set.end : nil
        default: return pattern[p] == byte ? p + 1 : nil
        }
    }

    private static func set(_ pattern: [UInt8], _ p: Int) -> (ranges: [ClosedRange<UInt8>], negated: Bool, end: Int)? {
        var i = p + 1
        let negated = i < pattern.count && (pattern[i] == 0x21 || pattern[i] == 0x5E)
        if negated { i += 1 }
        var ranges: [ClosedRange<UInt8>] = []
        let first = i
        while i < pattern.count, pattern[i] != 0x5D || i == first {
            if i + 2 < pattern.count, pattern[i + 1] == 0x2D, pattern[i + 2] != 0x5D {
                ranges.append(min(pattern[i], pattern[i + 2])...max(pattern[i], pattern[i + 2]))
                i += 3
            } else {
                ranges.append(pattern[i]...pattern[i])
                i += 1
            }
        }
        return i < pattern.count ? (ranges, negated, i + 1) : nil
    }
}
