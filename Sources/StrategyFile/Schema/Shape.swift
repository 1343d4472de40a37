import Primitives

/// What a place in the file may hold, as JSON Schema 2020-12 says it.
struct Shape {
    private(set) var members: [JSON.Member]

    init(_ members: [(String, JSON)]) { self.members = members.map { JSON.Member(name: $0, value: $1) } }

    var json: JSON { .object(members) }

    func described(_ text: String) -> Shape {
        var shape = self
        shape.members.insert(JSON.Member(name: "description", value: .text(text)), at: 0)
        return shape
    }

    static let text = Shape([("type", .text("string"))])
    static let count = Shape([("type", .text("integer")), ("minimum", .number(0)), ("maximum", .number(100_000))])
    static let flag = Shape([("type", .text("boolean"))])
    static let duration = Shape([("type", .text("string")), ("pattern", .text("^[ ]*([0-9]+ *[A-Za-z]+[ ]*)+$"))])
    static let texts = list(of: text)
    /// A program and its arguments.
    static let command = Shape([
        ("type", .text("array")), ("items", text.json), ("minItems", .number(1)),
    ])

    static func words(_ words: [String]) -> Shape { Shape([("enum", .list(words.map { .text($0) }))]) }

    static func any(_ shapes: Shape...) -> Shape { Shape([("anyOf", .list(shapes.map(\.json)))]) }

    /// One alone stands for a list of it.
    static func list(of shape: Shape) -> Shape {
        any(shape, Shape([("type", .text("array")), ("items", shape.json)]))
    }

    /// Only these keys; those that end in '!' have to be there, the others may say nothing.
    static func group(_ keys: [(String, Shape)]) -> Shape {
        let required = keys.filter { $0.0.hasSuffix("!") }.map { String($0.0.dropLast()) }
        let properties = keys.map { name, shape in
            name.hasSuffix("!")
                ? JSON.Member(name: String(name.dropLast()), value: shape.json)
                : JSON.Member(name: name, value: shape.orNothing.json)
        }
        var members: [(String, JSON)] = [("type", .text("object")), ("properties", .object(properties))]
        if !required.isEmpty { members.append(("required", .list(required.map { .text($0) }))) }
        return Shape(members + [("additionalProperties", .flag(false))])
    }

    /// Keys are names that somebody chose.
    static func named(_ shape: Shape) -> Shape {
        let name = JSON.object([JSON.Member(name: "pattern", value: .text("^[a-z0-9_][a-z0-9_-]{0,63}$"))])
        return Shape([("type", .text("object")), ("propertyNames", name), ("additionalProperties", shape.json)])
    }

    /// A key with nothing behind it is as if it were not there.
    private var orNothing: Shape {
        var shape = self
        for index in shape.members.indices {
            switch (shape.members[index].name, shape.members[index].value) {
            case ("type", .text(let type)): shape.members[index].value = .list([.text(type), .text("null")])
            case ("enum", .list(let words)): shape.members[index].value = .list(words + [.null])
            case ("anyOf", .list(let shapes)):
                let nothing = JSON.object([JSON.Member(name: "type", value: .text("null"))])
                shape.members[index].value = .list(shapes + [nothing])
            default: break
            }
        }
        return shape
    }
}

extension JSON {
    /// On many lines, for people.
    func indented(_ depth: Int = 0) -> String {
        let (inner, outer) = (String(repeating: "  ", count: depth + 1), String(repeating: "  ", count: depth))
        switch self {
        case .object(let members) where !members.isEmpty && encoded.utf8.count > 100 - 2 * depth:
            let lines = members.map { "\(inner)\(JSON.text($0.name).encoded): \($0.value.indented(depth + 1))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        case .list(let values) where !values.isEmpty && encoded.utf8.count > 100 - 2 * depth:
            return "[\n" + values.map { inner + $0.indented(depth + 1) }.joined(separator: ",\n") + "\n\(outer)]"
        default: return encoded
        }
    }
}
