import Crypto
import Foundation
import Primitives
import Sealing
import Testing

@testable import Identity
@testable import SingleSignOn

/// Tokens of a provider (OpenID Connect Core, section 3.1.3.7), and those that somebody made instead.
@Suite("ID tokens") struct IDTokenTests {
    static let now = Timestamp(nanoseconds: 1_790_000_000_000_000_000)
    static let seconds = 1_790_000_000
    static let key = P256.Signing.PrivateKey()
    static let other = P256.Signing.PrivateKey()

    static func url(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func keys(_ key: P256.Signing.PrivateKey = key, more: String = "") throws -> ProviderKeys {
        let point = [UInt8](key.publicKey.rawRepresentation)
        return try ProviderKeys(
            JSON(
                parsing: """
                    {"keys":[{"kty":"EC","crv":"P-256","kid":"one","x":"\(url(point[..<32]))","y":"\(url(point[32...]))"}\(more)]}
                    """.utf8))
    }

    /// What a token says that is right; `nil` takes a claim out.
    static func claims(_ changes: [String: String?] = [:]) -> String {
        var claims: [String: String] = [
            "iss": "\"https://sso.test\"", "aud": "\"safehold\"", "sub": "\"somebody\"", "iat": "\(seconds - 5)",
            "exp": "\(seconds + 300)",
        ]
        for (name, value) in changes { claims[name] = value }
        return "{" + claims.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    static func token(
        header: String = #"{"alg":"ES256","kid":"one"}"#, _ claims: String, by key: P256.Signing.PrivateKey = key
    ) throws -> String {
        let signed = url(header.utf8) + "." + url(claims.utf8)
        return signed + "." + url(try key.signature(for: Data(signed.utf8)).rawRepresentation)
    }

    static func problem(_ token: String, nonce: String? = nil) throws -> TokenProblem? {
        do {
            _ = try IDToken.verify(
                token, keys: try keys(),
                IDToken.Expectation(issuer: "https://sso.test", client: "safehold", nonce: nonce, now: now))
            return nil
        } catch let problem as TokenProblem {
            return problem
        }
    }

    @Test("says who somebody is, when he showed it, and how") func right() throws {
        let token = try Self.token(
            Self.claims(["auth_time": "\(Self.seconds - 60)", "amr": #"["pwd","otp"]"#, "azp": "\"safehold\""]))
        let statement = try IDToken.verify(
            token, keys: try Self.keys(),
            IDToken.Expectation(issuer: "https://sso.test", client: "safehold", now: Self.now))
        #expect(statement.subject.name == "somebody" && statement.subject.issuer == "https://sso.test")
        #expect(statement.authenticated == Timestamp(nanoseconds: Int64(Self.seconds - 60) * 1_000_000_000))
        #expect(statement.methods == ["pwd", "otp"])
    }

    @Test(
        "that is for another, of another, or of another time is not taken",
        arguments: [
            (["iss": "\"https://sso.test/\""], TokenProblem.issuer), (["iss": "\"https://evil.test\""], .issuer),
            (["iss": nil], .issuer), (["aud": "\"another\""], .audience), (["aud": "[\"another\"]"], .audience),
            (["aud": "[]"], .audience), (["aud": nil], .audience),
            (["aud": #"["safehold","another"]"#], .audience),
            (["aud": #"["safehold","another"]"#, "azp": "\"another\""], .audience),
            (["azp": "\"another\""], .audience), (["azp": "7"], .audience),
            (["exp": "1789999939"], .expired), (["exp": nil], .malformed), (["exp": "\"soon\""], .malformed),
            (["iat": "1790000061"], .notYet), (["iat": nil], .malformed), (["iat": "1789999399"], .old),
            (["nbf": "1790000061"], .notYet), (["nbf": "true"], .malformed), (["sub": nil], .subject),
            (["sub": "\"\""], .subject), (["sub": "\"a b\""], .subject), (["sub": "7"], .subject),
        ] as [([String: String?], TokenProblem)])
    func wrong(_ changes: [String: String?], _ expected: TokenProblem) throws {
        #expect(try Self.problem(try Self.token(Self.claims(changes))) == expected)
    }

    @Test(
        "within a minute of its time is taken, clocks being what they are",
        arguments: [
            ["exp": "1789999941"], ["iat": "1790000060"], ["iat": "1789999400"], ["nbf": "1790000060"],
            ["exp": "1790000100.75"], ["aud": #"["safehold"]"#], ["aud": #"["a","safehold"]"#, "azp": "\"safehold\""],
        ])
    func tolerated(_ changes: [String: String]) throws {
        #expect(try Self.problem(try Self.token(Self.claims(changes))) == nil)
    }

    @Test("has to answer the request that it was asked for by") func nonce() throws {
        let token = try Self.token(Self.claims(["nonce": "\"n\""]))
        #expect(try Self.problem(token, nonce: "n") == nil)
        #expect(try Self.problem(token, nonce: "m") == .nonce)
        #expect(try Self.problem(try Self.token(Self.claims()), nonce: "n") == .nonce)
    }

    @Test(
        "of an algorithm that needs no key, or the public one, is not taken",
        arguments: ["none", "None", "HS256", "RS384", "PS256", "ES384", "EdDSA", ""])
    func algorithms(_ name: String) throws {
        let token = try Self.token(header: #"{"alg":"\#(name)","kid":"one"}"#, Self.claims())
        #expect(try Self.problem(token) == .algorithm(name))
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(try Self.problem(unsigned) == .algorithm(name))
    }

    @Test("that is authenticated with the public key as a secret is not taken") func confusion() throws {
        let signed = Self.url(#"{"alg":"HS256","kid":"one"}"#.utf8) + "." + Self.url(Self.claims().utf8)
        for secret in [Data(Self.key.publicKey.pemRepresentation.utf8), Self.key.publicKey.rawRepresentation] {
            let mac = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))
            #expect(try Self.problem(signed + "." + Self.url(mac)) == .algorithm("HS256"))
        }
    }

    @Test("of another key, or changed on its way, is not taken") func forged() throws {
        #expect(try Self.problem(try Self.token(Self.claims(), by: Self.other)) == .signature)
        #expect(try Self.problem(try Self.token(header: #"{"alg":"RS256"}"#, Self.claims())) == .signature)
        #expect(try Self.problem(try Self.token(header: #"{"alg":"ES256","kid":"two"}"#, Self.claims())) == .signature)
        let parts = try Self.token(Self.claims()).split(separator: ".")
        let elsewhere = Self.url(Self.claims(["sub": "\"anna\""]).utf8)
        #expect(try Self.problem("\(parts[0]).\(elsewhere).\(parts[2])") == .signature)
        #expect(try Self.problem("\(parts[0]).\(parts[1]).") == .signature)
    }

    @Test("that names no key is verified with those that there are") func withoutKeyID() throws {
        #expect(try Self.problem(try Self.token(header: #"{"alg":"ES256"}"#, Self.claims())) == nil)
    }

    @Test(
        "that is no token, or wants more to be understood, is not taken",
        arguments: [
            "", "a", "a.b", "a.b.c", "....", "e30.e30.e30.e30", "e30=.e30.AA",
        ])
    func malformed(_ token: String) throws {
        let problem = try Self.problem(token)
        #expect(problem == .malformed || problem == .algorithm(""))
        #expect(try Self.problem(String(repeating: "a", count: 40_000)) == .malformed)
        #expect(
            try Self.problem(try Self.token(header: #"{"alg":"ES256","crit":["b64"],"b64":false}"#, Self.claims()))
                == .malformed)
    }
}
