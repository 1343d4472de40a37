import Capture
import TestSupport
import Testing

/// Generated patterns over generated trees: git and we leave out the same entries.
@Suite(.serialized) struct ExclusionPatternsAgainstGitTests {
    private static let names = [
        "a", "b", "ab", "abc", "a.c", "b.txt", "foo", "foobar", "x y", "[a]", "a*b", "!a", "#a", "a\\", "é", " a", "a ",
        ".hid", "-", "**", "]",
    ]

    private func tree(_ generator: inout SeededGenerator) throws -> GitReference {
        let git = try GitReference()
        var directories: [[UInt8]] = [[]]
        for _ in 0..<90 {
            let parent = directories[Int(generator.next() % UInt64(directories.count))]
            guard parent.count(where: { $0 == 0x2F }) < 4 else { continue }
            let name = Self.names[Int(generator.next() % UInt64(Self.names.count))]
            let path = parent + (parent.isEmpty ? [] : [0x2F]) + Array(name.utf8)
            let isDirectory = generator.next() % 3 == 0
            let before = git.entries.count
            git.add(path, isDirectory: isDirectory)
            if isDirectory && git.entries.count > before { directories.append(path) }
        }
        return git
    }

    /// A name of a pattern: one of the tree's with parts of it made wild, or a wild one.
    private func name(_ generator: inout SeededGenerator) -> String {
        let wild = [
            "*", "**", "?", "??", "*a*", "[a-f]*", "[!a]*", "[]a]", "*.[ct]*", "***", "[^[:alpha:]]*", "\\a", "*\\ *",
            "[[:lower:]]?", "a[b-", "\\",
        ]
        if generator.next() % 3 == 0 { return wild[Int(generator.next() % UInt64(wild.count))] }
        var text = ""
        for character in Self.names[Int(generator.next() % UInt64(Self.names.count))] {
            switch generator.next() % 12 {
            case 0: text += "*"
            case 1: text += "?"
            case 2: text += "[\(character)]"
            case 3: text += "\\\(character)"
            case 4: text += "[!\(character)]"
            default: text.append(character)
            }
        }
        return text
    }

    private func line(_ generator: inout SeededGenerator) -> String {
        var names = (0..<1 + generator.next() % 4).map { _ in name(&generator) }
        if generator.next() % 2 == 0 { names = [names[0]] }
        var text = names.joined(separator: generator.next() % 20 == 0 ? "\\/" : "/")
        if generator.next() % 4 == 0 { text = "/" + text }
        if generator.next() % 4 == 0 { text += "/" }
        if generator.next() % 4 == 0 { text = "!" + text }
        if generator.next() % 10 == 0 { text += " " }
        if generator.next() % 20 == 0 { text += "\r" }
        return text
    }

    /// Some versions of git take the `**` of `foo**/bar` for one that stands alone: they cut `foo` off before they look.
    private func isMisreadByOldGit(_ line: String) -> Bool {
        guard let stars = line.firstRange(of: "**"), stars.lowerBound > line.startIndex else { return false }
        return line[line.index(before: stars.lowerBound)] != "/"
    }

    @Test func generatedPatternsOverGeneratedTrees() throws {
        var generator = SeededGenerator(seed: 21)
        var (cases, excluded, refused) = (0, 0, 0)
        for _ in 0..<6 {
            let git = try tree(&generator)
            for _ in 0..<40 {
                let lines = (0..<1 + generator.next() % 4).map { _ in line(&generator) }.filter {
                    !isMisreadByOldGit($0)
                }
                // What we refuse must be what git never matches, so it stays in git's file and leaves ours.
                let accepted = lines.filter { (try? ExclusionPatterns(lines: [$0])) != nil }
                refused += lines.count - accepted.count
                let patterns = try ExclusionPatterns(lines: accepted)
                for (entry, isIgnored) in zip(git.entries, try git.ignored(under: lines)) {
                    let path = String(decoding: entry.path, as: UTF8.self)
                    #expect(
                        patterns.leavesOut(entry.path, isDirectory: entry.isDirectory) == isIgnored,
                        "\(path) under \(lines)")
                    cases += 1
                    if isIgnored { excluded += 1 }
                }
            }
        }
        #expect(cases > 5_000 && excluded > 1_000 && cases - excluded > 1_000 && refused > 20)
    }

    @Test func bracketsOverEveryByte() throws {
        let git = try GitReference()
        for byte in UInt8(1)...255 { git.add([byte], isDirectory: false) }
        #expect(git.entries.count == 253)
        let classes = [
            "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit",
        ]
        let sets = [
            "[!a]", "[^a]", "[]-a]", "[!]-a]", "[--0]", "[a-]", "[-a]", "[!-]", "[\\]-a]", "[\\a-\\c]", "[a-c-e]",
            "[[:alpha:]-z]",
            "[[-\\]]", "[[:]", "[[:x]", "[a[:]", "[!!]", "[^^]", "[!^a]", "[ -~]", "[z-a]", "[!z-a]", "[\\\\]", "[*?]",
            "[é]", "[à-é]", "[!/]",
            "\\[", "\\]", "]", "?", "*", "[a]]", "[a-\\]x]", "[[:digit:][:blank:]x]", "[[:digit]", "[[:digit:x]",
            "[:digit:]",
        ]
        for line in classes.map({ "[[:\($0):]]" }) + classes.map({ "[![:\($0):]]" }) + sets {
            let patterns = try? ExclusionPatterns(lines: [line])
            for (entry, isIgnored) in zip(git.entries, try git.ignored(under: [line])) {
                let mine = patterns?.excludes(entry.path, isDirectory: false) ?? false
                #expect(mine == isIgnored, "byte \(entry.path[0]) under \(line)")
            }
        }
    }
}
