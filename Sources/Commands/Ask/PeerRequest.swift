import ArgumentParser
import Primitives

/// What other accounts ask the daemon for: these things and no others, and no file that they name is read.
enum PeerRequest: Sendable, Equatable {
    case status
    case run(components: [String], full: Bool)
    case acknowledge(Int64)
    case login(name: String, password: String, code: String)
    case again(code: String)
    case logout
    case whoami

    private static let mostComponents = 256

    init(parsing line: [UInt8]) throws {
        let asked = try JSON(parsing: line)
        func text(_ name: String) throws -> String {
            guard let text = asked[name]?.text, !text.isEmpty else { throw EncodingError("lacks its \(name)") }
            return text
        }
        switch asked["do"]?.text {
        case "status": self = .status
        case "run":
            let names = asked["components"]?.list ?? []
            let components = names.compactMap(\.text)
            guard components.count == names.count, components.count <= Self.mostComponents,
                components.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") })
            else { throw EncodingError("names no components") }
            self = .run(components: components, full: asked["full"]?.flag ?? false)
        case "acknowledge":
            guard let number = asked["number"]?.count.flatMap({ Int64(exactly: $0) }) else {
                throw EncodingError("lacks its number")
            }
            self = .acknowledge(number)
        case "login":
            self = .login(name: try text("name"), password: try text("password"), code: asked["code"]?.text ?? "")
        case "again": self = .again(code: try text("code"))
        case "logout": self = .logout
        case "whoami": self = .whoami
        default: throw EncodingError("asks for something that is not known")
        }
    }

    var line: [UInt8] {
        var object = JSONObject()
        switch self {
        case .status: object.set("do", "status")
        case .run(let components, let full):
            object.set("do", "run")
            object.set("components", components)
            object.set("full", full)
        case .acknowledge(let number):
            object.set("do", "acknowledge")
            object.set("number", UInt64(clamping: number))
        case .login(let name, let password, let code):
            object.set("do", "login")
            object.set("name", name)
            object.set("password", password)
            object.set("code", code)
        case .again(let code):
            object.set("do", "again")
            object.set("code", code)
        case .logout: object.set("do", "logout")
        case .whoami: object.set("do", "whoami")
        }
        return Array(object.value.encoded.utf8)
    }

    /// What would be typed at the host itself. `strategy` is the daemon's own.
    func words(strategy: String) -> [String] {
        switch self {
        case .status: ["status", "--strategy", strategy]
        case .run(let components, let full):
            ["run", "--strategy", strategy] + (full ? ["--full"] : []) + ["--"] + components
        case .acknowledge(let number): ["notify", "acknowledge", "--", String(number)]
        case .login(let name, _, _): ["login", "--", name]
        case .again: ["login", "--again"]
        case .logout: ["logout"]
        case .whoami: ["whoami"]
        }
    }

    /// What somebody would answer when he is asked, in this order.
    var typed: [String] {
        switch self {
        case .login(_, let password, let code): [password, code]
        case .again(let code): [code]
        case .status, .run, .acknowledge, .logout, .whoami: []
        }
    }
}

/// How it ended, and what was said.
struct PeerAnswer: Sendable, Equatable {
    var status: Int32
    var results: String
    var messages: String

    init(status: Int32, results: String = "", messages: String = "") {
        (self.status, self.results, self.messages) = (status, results, messages)
    }

    init(parsing bytes: [UInt8]) throws(EncodingError) {
        let answer = try JSON(parsing: bytes)
        guard let status = answer["status"]?.count.flatMap({ Int32(exactly: $0) }),
            let results = answer["results"]?.text, let messages = answer["messages"]?.text
        else { throw EncodingError("is no answer") }
        self.init(status: status, results: results, messages: messages)
    }

    var bytes: [UInt8] {
        var object = JSONObject()
        object.set("status", UInt64(clamping: status))
        object.set("results", results)
        object.set("messages", messages)
        return Array(object.value.encoded.utf8)
    }
}
