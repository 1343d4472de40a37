import FoundationEssentials

/// JSON as policies have it. What we do not know is kept as it is.
enum PolicyValue: Codable, Equatable, Sendable {
    case text(String)
    case flag(Bool)
    case number(Double)
    case list([PolicyValue])
    case object([String: PolicyValue])
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([PolicyValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: PolicyValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        case .null: try container.encodeNil()
        }
    }

    subscript(_ name: String) -> PolicyValue? {
        if case .object(let members) = self { return members[name] }
        return nil
    }

    /// One or several, as policies write both.
    var words: [String] {
        switch self {
        case .text(let value): [value]
        case .flag(let value): [value ? "true" : "false"]
        case .number(let value): [value == value.rounded() ? String(Int64(value)) : String(value)]
        case .list(let values): values.flatMap(\.words)
        case .object, .null: []
        }
    }

    var items: [PolicyValue] {
        if case .list(let values) = self { return values }
        return [self]
    }
}

/// A bucket's policy.
struct PolicyDocument: Equatable, Sendable {
    private var root: [String: PolicyValue]

    static let empty = PolicyDocument(root: ["Version": .text("2012-10-17"), "Statement": .list([])])

    private init(root: [String: PolicyValue]) { self.root = root }

    /// Nil for what is no policy.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 64 << 10,
            case .object(let root)? = try? JSONDecoder().decode(PolicyValue.self, from: Data(bytes)),
            let statements = root["Statement"], statements.items.allSatisfy({ $0["Effect"] != nil })
        else { return nil }
        self.root = root
    }

    var statements: [PolicyStatement] { (root["Statement"]?.items ?? []).map { PolicyStatement(value: $0) } }

    /// With these in place of those of the same name; nothing else changes.
    func merging(_ added: [PolicyStatement]) -> PolicyDocument {
        let names = Set(added.map(\.name))
        let kept = statements.filter { $0.name.isEmpty || !names.contains($0.name) }
        var merged = self
        merged.root["Statement"] = .list((kept + added).map(\.value))
        return merged
    }

    var encoded: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(PolicyValue.object(root)))
        }
    }
}

struct PolicyStatement: Equatable, Sendable {
    var value: PolicyValue

    var name: String { value["Sid"]?.words.first ?? "" }
    var isDenial: Bool { value["Effect"]?.words == ["Deny"] }
    var isAllowance: Bool { value["Effect"]?.words == ["Allow"] }
    var isUnconditional: Bool { value["Condition"] == nil || value["Condition"] == .object([:]) }

    /// Whether it speaks of everybody.
    var isForAll: Bool { principals.contains("*") }

    var principals: [String] {
        guard let principal = value["Principal"] else { return [] }
        return principal.words + (principal["AWS"]?.words ?? []) + (principal["CanonicalUser"]?.words ?? [])
    }

    func covers(action: String) -> Bool {
        (value["Action"]?.words ?? []).contains { Self.matches($0.lowercased(), action.lowercased()) }
    }

    /// Whether everything that `resource` stands for is meant, `*` at its end included.
    func covers(resource: String) -> Bool { (value["Resource"]?.words ?? []).contains { Self.matches($0, resource) } }

    /// What a condition compares a key with.
    func condition(_ test: String, _ key: String) -> [String] {
        guard case .object(let members)? = value["Condition"]?[test] else { return [] }
        return members.first { $0.key.lowercased() == key.lowercased() }?.value.words ?? []
    }

    var conditions: Int {
        guard case .object(let tests)? = value["Condition"] else { return 0 }
        return tests.values.reduce(0) { count, test in
            if case .object(let members) = test { return count + members.count }
            return count + 1
        }
    }

    /// `*` stands for any text, `?` for one letter.
    static func matches(_ pattern: String, _ text: String) -> Bool {
        let (wanted, given) = (Array(pattern.utf8), Array(text.utf8))
        var (i, j, star, mark) = (0, 0, -1, 0)
        while j < given.count {
            if i < wanted.count, wanted[i] == UInt8(ascii: "*") {
                (star, mark) = (i, j)
                i += 1
            } else if i < wanted.count, wanted[i] == given[j] || wanted[i] == UInt8(ascii: "?") {
                i += 1
                j += 1
            } else if star >= 0 {
                mark += 1
                (i, j) = (star + 1, mark)
            } else {
                return false
            }
        }
        return wanted[i...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
