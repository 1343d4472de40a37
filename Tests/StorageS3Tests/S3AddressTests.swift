import Primitives
import StorageS3
import Testing

@Suite struct S3AddressTests {
    private func parse(_ text: String, _ environment: [String: String] = [:]) throws -> S3Address {
        try S3Address.parse(text, { environment[$0] })
    }

    @Test("An address says everything by itself, or leaves it to the environment") func sources() throws {
        let whole = try parse(
            "s3://box/some/where?endpoint=https://h.example:8443&region=eu-1&addressing=virtual&ca=/c.pem&profile=p")
        #expect(whole.bucket == "box" && whole.prefix == "some/where")
        #expect(whole.endpoint.text == "https://h.example:8443")
        #expect(whole.region == "eu-1" && whole.addressing == .virtual)
        #expect(whole.authorities == "/c.pem" && whole.profile == "p")
        let environment = [
            "SAFEHOLD_S3_ENDPOINT": "https://h.example:8443", "AWS_REGION": "eu-1", "AWS_CA_BUNDLE": "/c.pem",
        ]
        let short = try parse("s3://box/some/where/", environment)
        #expect(short.endpoint == whole.endpoint && short.region == "eu-1" && short.authorities == "/c.pem")
        #expect(short.prefix == "some/where" && short.addressing == .path && short.profile == nil)
    }

    @Test("What the address says counts more than the environment") func precedence() throws {
        let environment = ["SAFEHOLD_S3_ENDPOINT": "https://other", "AWS_REGION": "other", "SAFEHOLD_S3_CA": "/other"]
        let address = try parse("s3://box?endpoint=https://own&region=own&ca=/own", environment)
        #expect(address.endpoint.host == "own" && address.region == "own" && address.authorities == "/own")
    }

    @Test("Without an endpoint it is Amazon's, of the region") func amazon() throws {
        #expect(
            try parse("s3://box", ["AWS_DEFAULT_REGION": "eu-west-1"]).endpoint.text
                == "https://s3.eu-west-1.amazonaws.com")
        #expect(try parse("s3://box").addressing == .virtual)
        // The certificate of *.s3… has no room for a dot.
        #expect(try parse("s3://b.o.x").addressing == .path)
    }

    @Test(
        "What messages call the repository can be given as its name",
        arguments: [
            "s3://box", "s3://box/a/b?endpoint=http://127.0.0.1:9000&region=x",
            "s3://box?endpoint=https://[::1]:1&addressing=virtual",
        ])
    func location(_ text: String) throws {
        let address = try parse(text)
        #expect(try parse(address.location) == address)
    }

    @Test(
        "Plain http goes to this machine only",
        arguments: [
            ("http://127.0.0.1:9000", true), ("http://127.8.9.1", true), ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("http://example.org", false), ("http://10.0.0.1", false), ("http://127.0.0.1.example.org", false),
            ("http://localhost.example.org", false), ("http://[::2]", false), ("https://example.org", true),
        ])
    func plain(_ endpoint: String, _ isAllowed: Bool) {
        #expect(((try? parse("s3://box?endpoint=\(endpoint)")) != nil) == isAllowed)
    }

    @Test(
        "What cannot be meant is refused with the reason",
        arguments: [
            "s3:/box", "s3://", "s3://Box", "s3://bo", "s3://box//a", "s3://box/../a", "s3://box/a b", "s3://box/ä",
            "s3://box?endpoint=ftp://x", "s3://box?endpoint=https://", "s3://box?endpoint=https://h:0",
            "s3://box?endpoint=https://h:65536",
            "s3://box?endpoint=https://u:p@h", "s3://box?endpoint=https://h/path", "s3://box?addressing=best",
            "s3://box?colour=red",
            "s3://box?region", "s3://box?region=", "s3://box?region=a&region=b", "s3://box?region=a%zz",
            "s3://box?region=a/b",
        ])
    func refused(_ text: String) {
        let failure = #expect(throws: Failure.self) { _ = try parse(text) }
        #expect(failure?.code == .usage)
        #expect(failure?.message.contains(text) == true || failure?.message.contains("endpoint") == true)
    }

    @Test("A path is no address, even one that begins with s3") func paths() {
        #expect(S3Address.isMeant(by: "s3://box"))
        for path in ["/s3://box", "./s3:", "s3", "s3/box", ""] { #expect(!S3Address.isMeant(by: path), "\(path)") }
    }
}
