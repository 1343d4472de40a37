import NIOHTTP1
import Primitives
import Storage

/// What a server was asked, and whether it answered that question. No answer is never taken for a good one.
enum Asked<Value: Sendable & Equatable>: Sendable, Equatable {
    case known(Value)
    case unknown(String)

    var value: Value? {
        if case .known(let value) = self { return value }
        return nil
    }
}

extension S3Store {
    /// Asks for one part of how the bucket is set up. `absent` are the server's words for that there is none of it.
    func ask<Value>(
        _ part: String, root: [String], absent: [String], _ read: (XMLDocument.Element) -> Value?
    ) throws -> Asked<Value?> {
        let answer = try client.perform(S3Request(method: .GET, query: [(part, "")])).answer
        if answer.code == "NoSuchBucket" { throw S3Failure.noBucket(address) }
        if absent.contains(answer.code) { return .known(nil) }
        guard answer.isFine else { return .unknown(Self.reason(answer)) }
        // A server that does not know the part may answer with something else: a list of the bucket.
        guard let document = try? XMLDocument(answer.body), root.contains(document.root.name) else {
            return .unknown("the server answers something else")
        }
        guard let value = read(document.root) else { return .unknown("the server's answer cannot be read") }
        return .known(value)
    }

    static func reason(_ answer: S3Answer) -> String {
        switch answer.status {
        case 401, 403: "these credentials may not ask"
        case 404, 405, 501: "it cannot be asked here (\(answer.status)\(answer.code.isEmpty ? "" : " " + answer.code))"
        default: "the server answered \(answer.status) \(answer.code)"
        }
    }

    /// Whether the bucket locks objects, and for how long by itself.
    func lockConfiguration() throws -> Asked<LockConfiguration?> {
        try ask(
            "object-lock", root: ["ObjectLockConfiguration"],
            absent: ["ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"]
        ) { LockConfiguration($0) }
    }
}

struct LockConfiguration: Sendable, Equatable {
    var isEnabled: Bool
    var retention: StoreFacts.Retention?

    init(isEnabled: Bool, retention: StoreFacts.Retention? = nil) {
        (self.isEnabled, self.retention) = (isEnabled, retention)
    }

    /// Nil for what cannot be understood.
    init?(_ root: XMLDocument.Element) {
        isEnabled = root.text(of: "ObjectLockEnabled") == "Enabled"
        let rule = root.child("Rule")?.child("DefaultRetention")
        guard let rule else { return }
        let years = rule.text(of: "Years").flatMap { Int($0) }.map { $0 * 365 }
        let days = years ?? rule.text(of: "Days").flatMap { Int($0) }
        guard let mode = rule.text(of: "Mode"), let days else { return nil }
        // Ceph answers with a retention of no days where there is none.
        if days > 0 { retention = StoreFacts.Retention(mode: mode.lowercased(), days: days) }
    }
}

extension XMLDocument.Element {
    func child(_ name: String) -> XMLDocument.Element? { children.first { $0.name == name } }
    func all(_ name: String) -> [XMLDocument.Element] { children.filter { $0.name == name } }
}
