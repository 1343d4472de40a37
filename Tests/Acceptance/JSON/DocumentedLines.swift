import Foundation
import Testing

/// docs/json.md as a machine reads it: the fields of every type, and what their values are.
struct DocumentedLines {
    struct Field {
        var value: String
        var mayBeMissing: Bool
        /// What a `word` may be.
        var words: Set<String>
    }

    /// By type; the summaries also by `summary of OPERATION`.
    private(set) var types: [String: [String: Field]] = [:]
    private let codes: Set<String>

    init() throws {
        func page(_ name: String) throws -> [Substring] {
            try String(contentsOf: packageRoot.appending(path: "docs/" + name), encoding: .utf8).split(separator: "\n")
        }
        codes = Set(try page("errors.md").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) })
        var section: String?
        for line in try page("json.md") {
            if line.hasPrefix("#") {
                section = line.hasPrefix("##") ? String(line.drop { $0 == "#" || $0 == " " }) : nil
                if let section { types[section] = [:] }
            } else if let section, line.hasPrefix("| `") {
                try add(line, to: section)
            }
        }
    }

    private mutating func add(_ line: Substring, to section: String) throws {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        try #require(cells.count >= 2, "a line of the table of \(section) lacks its value: \(line)")
        let value = cells[1].split(separator: " ")
        try #require(value.count == 1 || (value.count == 2 && value[1] == "?"), "\(section): \(line)")
        for name in Self.quoted(cells[0]) {
            try #require(types[section]?[name] == nil, "\(section): \(name) is described twice")
            types[section]?[name] = Field(
                value: String(value[0]), mayBeMissing: value.count == 2,
                words: Set(cells.dropFirst(2).flatMap(Self.quoted)))
        }
    }

    /// What stands in backticks.
    private static func quoted(_ text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
            String($0.element)
        }
    }

    /// The fields that a line may have; nil for a type that the page does not know.
    func fields(of line: Summary) -> [String: Field]? {
        guard let fields = types[line.type], !line.type.contains(" ") else { return nil }
        guard line.type == "summary" else { return fields }
        return types["summary of " + line.text("operation")].map { fields.merging($0) { $1 } }
    }

    /// What is wrong with a line; empty where it is as the page says.
    func problems(of line: Summary) -> [String] {
        guard let fields = fields(of: line) else { return ["no type of the page: \(line.type)"] }
        var problems = line["schema"] == 1 ? [] : ["not of schema 1"]
        for (name, field) in fields where !field.mayBeMissing && line.fields[name] == nil {
            problems.append("\(name) is missing")
        }
        if line.fields["path"] != nil, !line.text("path").hasPrefix("/") { problems.append("path is not absolute") }
        for (name, value) in line.fields where name != "schema" && name != "type" {
            let plain = name.hasSuffix("_base64") ? String(name.dropLast(7)) : name
            guard let field = fields[plain], plain == name || field.value == "path" else {
                problems.append("\(name) is not on the page")
                continue
            }
            if !(plain == name ? isRight(value, field) : Self.isBase64(value)) {
                problems.append("\(name) is not the \(field.value) that the page says: \(value)")
            }
        }
        return problems
    }

    private func isRight(_ value: Any, _ field: Field) -> Bool {
        if field.value.hasSuffix("s"), let one = Self.single[field.value] {
            guard let list = value as? [Any] else { return false }
            var single = field
            single.value = one
            return list.allSatisfy { isRight($0, single) }
        }
        if let number = value as? NSNumber {
            let isBoolean = String(cString: number.objCType) == "c"
            if field.value == "boolean" { return isBoolean }
            guard !isBoolean else { return false }
            return field.value == "number"
                || (field.value == "integer" && number.doubleValue >= 0
                    && number.doubleValue.rounded() == number.doubleValue)
        }
        if field.value == "object" { return value is [String: Any] }
        guard let text = value as? String else { return false }
        switch field.value {
        case "text": return true
        case "path": return !text.isEmpty
        case "id": return text.count >= 32 && text.allSatisfy { ("0"..."9").contains($0) || ("a"..."f").contains($0) }
        case "word": return field.words.contains(text)
        case "code": return codes.contains(text)
        case "time": return text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{9})?Z/) != nil
        default: return false
        }
    }

    private static let single = ["words": "word", "ids": "id", "paths": "path", "texts": "text", "times": "time"]

    private static func isBase64(_ value: Any) -> Bool {
        (value as? String).map { Data(base64Encoded: $0) != nil } ?? false
    }
}
