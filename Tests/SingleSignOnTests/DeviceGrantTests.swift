import Primitives
import Testing

@testable import Identity
@testable import SingleSignOn

/// What a provider answers, and what comes next (RFC 8628).
@Suite("Signing in from a host without a browser") struct DeviceGrantTests {
    private static func json(_ text: String) throws -> JSON { try JSON(parsing: text.utf8) }

    private static func error(_ word: String) throws -> JSON { try json(#"{"error":"\#(word)"}"#) }

    private static func code(_ step: DeviceWaiting.Step) -> Failure.Code? {
        if case .failed(let failure) = step { failure.code } else { nil }
    }

    @Test("waits as long as nobody has said anything, and more slowly when that is asked for") func waits() throws {
        var waiting = DeviceWaiting(interval: .seconds(5), lifetime: .seconds(300))
        let pending = waiting.take(status: 400, try Self.error("authorization_pending"))
        #expect(pending == .wait && waiting.interval == .seconds(5))
        let slower = waiting.take(status: 400, try Self.error("slow_down"))
        #expect(slower == .wait && waiting.interval == .seconds(10))
        let token = waiting.take(status: 200, try Self.json(#"{"access_token":"x","id_token":"a.b.c"}"#))
        #expect(token == .token("a.b.c"))
    }

    @Test("does not give up when the provider is away for a moment, and does when time is up") func away() throws {
        var waiting = DeviceWaiting(interval: .seconds(5), lifetime: .seconds(60))
        #expect(waiting.take(status: nil, nil) == .wait && waiting.interval == .seconds(10))
        #expect(waiting.take(status: 503, nil) == .wait && waiting.interval == .seconds(20))
        #expect(waiting.take(status: 503, nil) == .wait && waiting.interval == .seconds(40))
        #expect(waiting.take(status: 200, try Self.json(#"{"id_token":"a.b.c"}"#)) == .failed(DeviceWaiting.expired))
    }

    @Test("ends where somebody said no, nobody came in time, or the client may not") func ends() throws {
        let cases: [(Int, String, Failure.Code)] = [
            (400, #"{"error":"access_denied"}"#, .signInRefused), (400, #"{"error":"expired_token"}"#, .signInRefused),
            (401, #"{"error":"invalid_client"}"#, .providerMisconfigured), (400, "{}", .providerMisconfigured),
            (200, #"{"access_token":"x"}"#, .providerMisconfigured), (302, "{}", .providerMisconfigured),
        ]
        for (status, answer, code) in cases {
            var waiting = DeviceWaiting(interval: .seconds(1), lifetime: .seconds(60))
            #expect(Self.code(waiting.take(status: status, try Self.json(answer))) == code, "\(answer)")
        }
    }

    @Test("shows nothing that a terminal would take for more than text, and no address but https")
    func prompts() throws {
        func request(_ code: String, _ address: String) throws -> DeviceRequest? {
            DeviceRequest(
                try Self.json(
                    #"{"device_code":"d","user_code":"\#(code)","verification_uri":"\#(address)","interval":0,"expires_in":99999}"#
                ))
        }
        let right = try #require(try request("AB-CD", "https://sso.test/device"))
        #expect(right.prompt.code == "AB-CD" && right.interval == .seconds(1) && right.lifetime == .seconds(900))
        #expect(try request(#"\u001b[2J"#, "https://sso.test/device") == nil)
        #expect(try request("AB-CD", "http://sso.test/device") == nil)
        #expect(try request("", "https://sso.test/device") == nil)
    }

    @Test("believes a provider's document only of the provider itself") func documents() throws {
        let right =
            #""device_authorization_endpoint":"https://sso.test/d","token_endpoint":"https://sso.test/t","jwks_uri":"https://sso.test/k""#
        let document = try ProviderDocument(
            try Self.json(
                #"{"issuer":"https://sso.test",\#(right),"token_endpoint_auth_methods_supported":["client_secret_post"]}"#
            ),
            of: "https://sso.test")
        #expect(document.takesSecretInForm && document.tokenEndpoint == "https://sso.test/t")
        for wrong in [
            #"{"issuer":"https://evil.test",\#(right)}"#, #"{\#(right)}"#,
            #"{"issuer":"https://sso.test","token_endpoint":"https://sso.test/t","jwks_uri":"https://sso.test/k"}"#,
            #"{"issuer":"https://sso.test",\#(right.replacing("https://sso.test/t", with: "http://sso.test/t"))}"#,
        ] {
            let failure = #expect(throws: Failure.self) {
                try ProviderDocument(try Self.json(wrong), of: "https://sso.test")
            }
            #expect(failure?.code == .providerMisconfigured)
        }
    }

    @Test("escapes what is sent in a form") func forms() {
        #expect(FormText.encode("a b&c=d+é~") == "a%20b%26c%3Dd%2B%C3%A9~")
    }
}
