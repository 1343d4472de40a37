import NIOCore
import NIOHTTP1
import Primitives

/// What is asked of the server.
struct S3Request: Sendable {
    var method: HTTPMethod
    /// The object's key; nil for the bucket.
    var key: String?
    var query: [(name: String, value: String)] = []
    /// Signed, as everything that is sent.
    var headers: [(name: String, value: String)] = []
    var body = Content.nothing
    /// Bytes of an answer that are taken; a longer one is an error.
    var limit = 64 << 10
    /// Whether the server is meant to refuse it: then a refusal is an answer, and not asked for again.
    var isTrial = false
    /// Says what is wrong with an answer that came whole by its length, which is then asked for again.
    var problem: @Sendable (S3Answer) -> String? = { _ in nil }
}

/// What it answered.
struct S3Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    var isFine: Bool { (200..<300).contains(status) }

    /// The code in the body of an error. Some servers leave the message empty, so nothing else is relied on.
    var code: String {
        guard !isFine, !body.isEmpty, let reader = try? XMLDocument(body) else { return "" }
        return reader.root.name == "Error" ? reader.root.text(of: "Code").map { String($0.prefix(64)) } ?? "" : ""
    }

    func header(_ name: String) -> String? { headers.first(name: name) }
}
