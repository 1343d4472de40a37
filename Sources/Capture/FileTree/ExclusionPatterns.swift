import Primitives

/// Which entries a backup leaves out, told in the language of gitignore(5).
///
/// The last pattern that matches decides; `!` takes an entry back in. What lies under an excluded directory cannot be
/// taken back in, because the walker does not descend into it: that half of the rule is the walker's.
package struct ExclusionPatterns: Sendable {
    /// Last line first: the first match decides.
    private let patterns: [ExclusionPattern]

    /// One pattern a line, as a gitignore file has them; empty lines and comments are passed over.
    ///
    /// Throws `.usage` for a pattern that git would take and that could never match anything.
    package init(lines: [String]) throws(Failure) {
        var patterns: [ExclusionPattern] = []
        for (index, line) in lines.enumerated() {
            do throws(ExclusionPattern.Nonsense) {
                if let pattern = try ExclusionPattern(line: Array(line.utf8), isFirst: index == 0) {
                    patterns.append(pattern)
                }
            } catch {
                throw Failure(
                    .usage, "The exclude pattern '\(line)' can never match: it \(error.problem).", advice: error.advice)
            }
        }
        patterns.reverse()
        self.patterns = patterns
    }

    package var isEmpty: Bool { patterns.isEmpty }

    /// Whether the entry is left out.
    ///
    /// `path` is relative to the directory that the patterns are anchored at, without a leading or trailing `/`, in
    /// whatever bytes the file system has it. Nothing is allocated.
    package func excludes(path: UnsafeRawBufferPointer, isDirectory: Bool) -> Bool {
        if patterns.isEmpty || path.isEmpty { return false }
        let name = path.lastIndex(of: .slash).map { $0 + 1 } ?? 0
        for pattern in patterns where pattern.matches(path, nameAt: name, isDirectory: isDirectory) {
            return !pattern.takesBackIn
        }
        return false
    }
}

extension UInt8 {
    static let slash = UInt8(ascii: "/")
    static let backslash = UInt8(ascii: "\\")
    static let asterisk = UInt8(ascii: "*")
}
