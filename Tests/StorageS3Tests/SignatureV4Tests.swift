import Primitives
import StorageS3
import TestSupport
import Testing

@Suite struct SignatureV4Tests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var name, service, access, secret, date, method, path, payload, signature: String
        var query, headers: [[String]]
        var testDescription: String { name }
    }

    private func authorization(_ vector: Case, secret: String? = nil) throws -> String {
        let credentials = S3Credentials(accessKey: vector.access, secret: secret ?? vector.secret)
        let moment = try #require(Timestamp(description: vector.date))
        return SignatureV4(credentials, region: "us-east-1", service: vector.service, at: moment).authorization(
            for: SignatureV4.Request(
                method: vector.method, path: vector.path, query: vector.query.map { ($0[0], $0[1]) },
                headers: vector.headers.map { ($0[0], $0[1]) }, payload: vector.payload))
    }

    @Test("Requests are signed as Amazon publishes it", arguments: try Vectors.load("sigv4", as: Case.self))
    func published(_ vector: Case) throws {
        let authorization = try authorization(vector)
        #expect(authorization.hasSuffix("Signature=" + vector.signature))
        #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=\(vector.access)/"))
        #expect(try self.authorization(vector, secret: "another") != authorization)
    }

    @Test("Every header that is sent is signed, whatever its case and spaces") func headers() {
        let request = SignatureV4.Request(
            method: "GET", path: "/", query: [], headers: [("X-B", "  two   words "), ("a", "1")], payload: "p")
        let signer = SignatureV4(
            S3Credentials(accessKey: "k", secret: "s"), region: "r", at: Timestamp(nanoseconds: 0))
        #expect(signer.canonical(request) == "GET\n/\n\na:1\nx-b:two words\n\na;x-b\np")
    }

    @Test("Credentials can be printed, and show no secret") func printing() {
        let credentials = S3Credentials(accessKey: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtn", token: "FwoGZXIvYXdz")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("wJalr") && !text.contains("FwoG") && !text.contains("IOSFODNN7"), "\(text)")
            #expect(text.contains("AKIA"))
        }
    }
}
