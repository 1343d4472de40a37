/// A compiled gitignore glob: segments, each of which matches one name of a path, and `**`, which matches any number.
///
/// After a mismatch the search goes back to the last `*` of a name, and to the last `**` of a path, never further: what
/// lies before is matched as early as it can be. So matching takes time in proportion to pattern times path at worst.
struct Glob: Sendable {
    private enum Token {
        case byte(UInt8)
        /// `?`
        case one
        /// `*`
        case any
        /// `[…]`, by its place in `sets`.
        case set(Int)
    }

    private enum Segment {
        case name(Range<Int>)
        /// `**`: any number of names, also none.
        case directories
    }

    private var tokens: [Token] = []
    private var sets: [ByteSet] = []
    private var segments: [Segment] = []
}

// MARK: - Matching

extension Glob {
    /// Whether the only segment of a pattern without `/` matches the name at `range`.
    func matches(name path: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        matches(segments.count - 1, path, range)
    }

    /// Whether the segments match all of `path`, whose last name begins at `name`.
    func matches(path: UnsafeRawBufferPointer, nameAt name: Int) -> Bool {
        // No glob ends with `**` alone (see `init`), so that the cheapest refusal can come first.
        guard matches(segments.count - 1, path, name..<path.count) else { return false }
        var segment = 0
        var start = 0
        var retry: (segment: Int, start: Int)?
        while true {
            if segment < segments.count, case .directories = segments[segment] {
                segment += 1
                retry = (segment, start)
                continue
            }
            if start > path.count { return segment == segments.count }
            let end = Self.endOfName(at: start, in: path)
            if segment < segments.count, matches(segment, path, start..<end) {
                segment += 1
                start = end + 1
                continue
            }
            guard let last = retry else { return false }
            let next = Self.endOfName(at: last.start, in: path) + 1
            guard next <= path.count else { return false }
            (segment, start) = (last.segment, next)
            retry = (segment, start)
        }
    }

    private static func endOfName(at start: Int, in path: UnsafeRawBufferPointer) -> Int {
        var i = start
        while i < path.count, path[i] != .slash { i += 1 }
        return i
    }

    private func matches(_ segment: Int, _ path: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard case .name(let pattern) = segments[segment] else { return false }
        if case .byte(let last) = tokens[pattern.upperBound - 1], range.isEmpty || path[range.upperBound - 1] != last {
            return false
        }
        var token = pattern.lowerBound
        var i = range.lowerBound
        var retry: (token: Int, byte: Int)?
        while i < range.upperBound || token < pattern.upperBound {
            if token < pattern.upperBound {
                if case .any = tokens[token] {
                    token += 1
                    retry = (token, i)
                    continue
                }
                if i < range.upperBound, accepts(tokens[token], path[i]) {
                    token += 1
                    i += 1
                    continue
                }
            }
            guard let last = retry, last.byte < range.upperBound else { return false }
            (token, i) = (last.token, last.byte + 1)
            retry = (token, i)
        }
        return true
    }

    @inline(__always)
    private func accepts(_ token: Token, _ byte: UInt8) -> Bool {
        switch token {
        case .byte(let expected): byte == expected
        case .one, .any: true
        case .set(let index): sets[index].contains(byte)
        }
    }
}

// MARK: - Compiling

extension Glob {
    /// `pattern` comes without gitignore's outer marks. `**` has a meaning of its own only where it `crosses` directories.
    init(compiling pattern: [UInt8], crossingDirectories crosses: Bool) throws(ExclusionPattern.Nonsense) {
        var i = 0
        while true {
            let begin = tokens.count
            var isLast = false
            if crosses, let end = Self.endOfDirectories(in: pattern, at: i) {
                segments.append(.directories)
                i = end + 1
                if end < pattern.count, pattern[end] == .slash { continue }
                // At the end, and before an escaped slash, git's `**` stands for one name at least.
                tokens.append(.any)
                isLast = end == pattern.count
                i = end + 2
            } else {
                isLast = try compileName(pattern, &i)
            }
            try refuseImpossibleName(tokens[begin...])
            segments.append(.name(begin..<tokens.count))
            if isLast { return }
        }
    }

    /// Where the asterisks at `start` end, if there are two or more of them and nothing else up to a slash or the end.
    private static func endOfDirectories(in pattern: [UInt8], at start: Int) -> Int? {
        guard let end = pattern[start...].firstIndex(where: { $0 != .asterisk }) else {
            return pattern.count - start > 1 ? pattern.count : nil
        }
        guard end - start > 1 else { return nil }
        return pattern[end] == .slash || pattern[end...].starts(with: [.backslash, .slash]) ? end : nil
    }

    /// Compiles one name and the slash behind it. True when there was none.
    private mutating func compileName(_ pattern: [UInt8], _ i: inout Int) throws(ExclusionPattern.Nonsense) -> Bool {
        while i < pattern.count {
            switch pattern[i] {
            case .slash:
                i += 1
                return false
            case .asterisk:
                tokens.append(.any)
                i = pattern[i...].firstIndex { $0 != .asterisk } ?? pattern.count
            case UInt8(ascii: "?"):
                tokens.append(.one)
                i += 1
            case UInt8(ascii: "["):
                tokens.append(.set(sets.count))
                sets.append(try ByteSet(parsing: pattern, at: &i))
            case .backslash:
                guard i + 1 < pattern.count else {
                    throw .init(problem: "ends with a backslash", advice: "Write '\\\\' to mean the backslash itself.")
                }
                i += 2
                if pattern[i - 1] == .slash { return false }
                tokens.append(.byte(pattern[i - 1]))
            case let byte:
                tokens.append(.byte(byte))
                i += 1
            }
        }
        return true
    }

    private func refuseImpossibleName(_ name: ArraySlice<Token>) throws(ExclusionPattern.Nonsense) {
        if name.isEmpty {
            throw .init(problem: "has two slashes in a row", advice: "Write one slash between two names.")
        }
        let isDots = name.allSatisfy { if case .byte(UInt8(ascii: ".")) = $0 { true } else { false } }
        if isDots && name.count < 3 {
            throw .init(
                problem: "has '.' or '..' for a name, which no path has",
                advice: "Write the path from the directory that is backed up, beginning with '/'.")
        }
    }
}
