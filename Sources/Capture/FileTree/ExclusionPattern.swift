/// One line of exclusions: a glob, and what gitignore's marks around it say.
struct ExclusionPattern: Sendable {
    /// Why a line is refused, as the end of a sentence that begins with "it", and what to write instead.
    struct Nonsense: Error, Equatable {
        var problem: String
        var advice: String
    }

    /// The line began with `!`.
    let takesBackIn: Bool
    /// The line ended with `/`.
    private let isForDirectories: Bool
    /// The line had a `/` elsewhere: it is compared with the whole path, else with the last name in it.
    private let isAnchored: Bool
    private let glob: Glob

    /// Nil for an empty line and a comment.
    init?(line: [UInt8], isFirst: Bool) throws(Nonsense) {
        var rest = Self.trimmed(line, isFirst: isFirst)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        guard !rest.contains(0) else {
            throw Nonsense(
                problem: "holds a NUL, which no path can", advice: "Write one pattern a line, as plain text.")
        }
        takesBackIn = first == UInt8(ascii: "!")
        if takesBackIn { rest.removeFirst() }
        isForDirectories = rest.last == .slash
        if isForDirectories { rest.removeLast() }
        isAnchored = rest.contains(.slash)
        if rest.first == .slash { rest.removeFirst() }
        guard !rest.isEmpty else {
            throw Nonsense(problem: "names nothing", advice: "To leave out everything, write '*'.")
        }
        glob = try Glob(compiling: rest, crossingDirectories: isAnchored)
    }

    /// Without the byte order mark of a file, the CR of a CR LF, and trailing spaces that no backslash keeps.
    private static func trimmed(_ line: [UInt8], isFirst: Bool) -> [UInt8] {
        var line = line[...]
        if isFirst, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        var end = line.startIndex
        var i = line.startIndex
        while i < line.endIndex {
            let isEscape = line[i] == .backslash
            if line[i] != UInt8(ascii: " ") { end = min(line.endIndex, i + (isEscape ? 2 : 1)) }
            i += isEscape ? 2 : 1
        }
        return Array(line[..<end])
    }

    func matches(_ path: UnsafeRawBufferPointer, nameAt name: Int, isDirectory: Bool) -> Bool {
        if isForDirectories && !isDirectory { return false }
        return isAnchored ? glob.matches(path: path, nameAt: name) : glob.matches(name: path, name..<path.count)
    }
}
