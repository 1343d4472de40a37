import Crypto
import Primitives

/// Signature Version 4: pure functions of a request, a moment and credentials.
package struct SignatureV4: Sendable {
    /// What is signed of a request.
    package struct Request: Sendable {
        package var method: String
        /// Percent-encoded already.
        package var path: String
        package var query: [(name: String, value: String)]
        /// Everything that is to be signed, `host` and `x-amz-date` among it; names in any case.
        package var headers: [(name: String, value: String)]
        /// SHA-256 of the body, in hexadecimal.
        package var payload: String

        package init(
            method: String, path: String, query: [(name: String, value: String)],
            headers: [(name: String, value: String)], payload: String
        ) {
            (self.method, self.path, self.query) = (method, path, query)
            (self.headers, self.payload) = (headers, payload)
        }
    }

    private let credentials: S3Credentials
    private let region: String
    private let service: String
    private let moment: String

    package init(_ credentials: S3Credentials, region: String, service: String = "s3", at moment: Timestamp) {
        (self.credentials, self.region, self.service) = (credentials, region, service)
        self.moment = Self.text(moment)
    }

    /// As the `x-amz-date` header has it: 20130524T000000Z.
    package static func text(_ moment: Timestamp) -> String { moment.description.filter { $0 != "-" && $0 != ":" } }

    /// The value of the `Authorization` header.
    package func authorization(for request: Request) -> String {
        let toSign = "AWS4-HMAC-SHA256\n\(moment)\n\(scope)\n" + Self.hash(canonical(request))
        let signature = Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(toSign.utf8), using: signingKey)))
        return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), "
            + "SignedHeaders=\(Self.names(of: request)), Signature=\(signature)"
    }

    /// The request in the one form that both sides hash.
    package func canonical(_ request: Request) -> String {
        let query = request.query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { Array($0.0.utf8) == Array($1.0.utf8) ? $0.1 < $1.1 : Self.precedes($0.0, $1.0) }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let headers = Self.sorted(request).map { "\($0.name):\(Self.trimmed($0.value))\n" }.joined()
        return [request.method, request.path, query, headers, Self.names(of: request), request.payload]
            .joined(separator: "\n")
    }

    private var scope: String { "\(moment.prefix(8))/\(region)/\(service)/aws4_request" }

    private var signingKey: SymmetricKey {
        var key = SymmetricKey(data: Array("AWS4\(credentials.secret)".utf8))
        for part in [String(moment.prefix(8)), region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        return key
    }

    private static func sorted(_ request: Request) -> [(name: String, value: String)] {
        request.headers.map { (name: $0.name.lowercased(), value: $0.value) }.sorted { precedes($0.name, $1.name) }
    }

    private static func names(of request: Request) -> String {
        sorted(request).map(\.name).joined(separator: ";")
    }

    private static func precedes(_ x: String, _ y: String) -> Bool { x.utf8.lexicographicallyPrecedes(y.utf8) }

    /// Without spaces at its ends, and with single ones inside.
    private static func trimmed(_ value: String) -> String { value.split(separator: " ").joined(separator: " ") }

    private static func hash(_ text: String) -> String { Hex.encode(Array(SHA256.hash(data: Array(text.utf8)))) }
}
