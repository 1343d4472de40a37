import Yams

/// The file's text as a tree, or what keeps it from being one.
enum StrategyTree {
    static let largestSize = 1 << 20
    private static let mostNodes = 50_000
    private static let deepest = 32

    static func read(_ bytes: [UInt8], _ ledger: Ledger) -> Node? {
        func problem(_ line: Int, _ column: Int, _ text: String) {
            ledger.add(StrategyProblem(line: max(1, line), column: max(1, column), path: "", text: text))
        }
        guard bytes.count <= largestSize else {
            problem(1, 1, "has \(bytes.count) bytes; a strategy has \(largestSize) at most")
            return nil
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = bytes.prefix(validCount(bytes)).count { $0 == 0x0A } + 1
            problem(line, 1, "is not UTF-8 in this line; save the file in that encoding")
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: text) else {
                problem(1, 1, "is empty; 'safehold init --preset iqhis' writes one to begin with")
                return nil
            }
            return isSimple(node, ledger) ? node : nil
        } catch let error as YamlError {
            let (line, column, said) = describe(error, text)
            problem(line, column, said + hint(text, line, said))
        } catch {
            problem(1, 1, "cannot be read as YAML")
        }
        return nil
    }

    private static func validCount(_ bytes: [UInt8]) -> Int {
        var (low, high) = (0, bytes.count)
        while low < high {
            let middle = (low + high + 1) / 2
            // The end of a character that was cut in two is taken for broken as well, which is in the same line.
            if String(validating: bytes[..<middle], as: UTF8.self) != nil { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Aliases let a short file stand for an endless one.
    private static func isSimple(_ root: Node, _ ledger: Ledger) -> Bool {
        var stack = [(node: root, depth: 0)]
        var count = 0
        while let (node, depth) = stack.popLast() {
            count += 1
            func refuse(_ text: String) -> Bool {
                ledger.add(
                    StrategyProblem(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, path: "", text: text))
                return false
            }
            if count > mostNodes || depth > deepest { return refuse("is nested too deeply or too large") }
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping { stack += [(key, depth + 1), (value, depth + 1)] }
            case .sequence(let sequence): stack += sequence.map { ($0, depth + 1) }
            default: break
            }
        }
        return true
    }

    /// What is mostly behind what libyaml says.
    private static func hint(_ text: String, _ line: Int, _ said: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let here = lines.indices.contains(line - 1) ? lines[line - 1] : ""
        if said.contains("cannot start any token"), here.contains("\t") {
            return " (lines are indented with blanks, not with tabs)"
        }
        if said.contains("alphabetic or numeric") || said.contains("alias") {
            return " (a text that begins with '*' or '&' stands in quotes)"
        }
        if said.contains("expected ','") {
            return " (a bracket or brace is not closed, or a text with ': ' or ', ' in it stands without quotes)"
        }
        if said.contains("mapping values") {
            return " (keys of one group begin in the same column, and a text with ': ' in it stands in quotes)"
        }
        if said.contains("end of stream") { return " (a quote is not closed)" }
        if said.contains("expected <block end>") || said.contains("expected key") {
            return " (keys of one group begin in the same column)"
        }
        return ""
    }

    private static func describe(_ error: YamlError, _ text: String) -> (Int, Int, String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                return (mark.line, mark.column, "begins a second document with '---'; a strategy is one")
            }
            return (mark.line, mark.column, "is no YAML here: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\(Entry.clipped($0))'" }.joined(separator: ", ")
            return (context.mark.line, context.mark.column, "\(names) stands twice in one group; keep one of them")
        case .reader(_, let offset, _, _):
            let before = text.utf8.prefix(max(0, offset ?? 0))
            let column = before.reversed().prefix { $0 != 0x0A }.count + 1
            return (
                before.count { $0 == 0x0A } + 1, column,
                "holds a control character here, which YAML does not have; take it out"
            )
        default: return (1, 1, "cannot be read as YAML")
        }
    }
}
