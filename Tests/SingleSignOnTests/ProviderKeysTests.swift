import Primitives
import Testing

@testable import SingleSignOn

/// Keys of a provider, by the examples of RFC 7515.
@Suite("Keys of a provider") struct ProviderKeysTests {
    // swift-format-ignore
    private static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    private static let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    private static func keys(_ keys: String) throws -> ProviderKeys {
        try ProviderKeys(JSON(parsing: #"{"keys":[\#(keys)]}"#.utf8))
    }

    private static func isRight(_ token: String, _ algorithm: ProviderKeys.Algorithm, _ keys: ProviderKeys) throws
        -> Bool
    {
        let parts = token.split(separator: ".").map(String.init)
        let signature = try #require(Base64URL.decode(Array(parts[2].utf8)))
        return try keys.verify(signature, of: Array("\(parts[0]).\(parts[1])".utf8), algorithm, key: nil)
    }

    @Test("verify what RFC 7515 signs by RS256 (A.2)") func rs256() throws {
        let keys = try Self.keys(#"{"kty":"RSA","n":"\#(Self.modulus)","e":"AQAB"}"#)
        let signature =
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        #expect(try Self.isRight("eyJhbGciOiJSUzI1NiJ9.\(Self.claims).\(signature)", .rs256, keys))
        #expect(try !Self.isRight("eyJhbGciOiJSUzI1NiK9.\(Self.claims).\(signature)", .rs256, keys))
        #expect(try !Self.isRight("eyJhbGciOiJSUzI1NiJ9.\(Self.claims).\(signature)", .es256, keys))
    }

    @Test("verify what RFC 7515 signs by ES256 (A.3)") func es256() throws {
        let keys = try Self.keys(
            #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
        )
        let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        #expect(try Self.isRight("eyJhbGciOiJFUzI1NiJ9.\(Self.claims).\(signature)", .es256, keys))
        #expect(try !Self.isRight("eyJhbGciOiJFUzI1NiJ9.\(Self.claims)x.\(signature)", .es256, keys))
        #expect(try !Self.isRight("eyJhbGciOiJFUzI1NiJ9.\(Self.claims).\(signature)", .rs256, keys))
    }

    @Test(
        "of another kind, for another use, of another algorithm, or too short, are none",
        arguments: [
            #"{"kty":"oct","k":"c2VjcmV0"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            #"{"kty":"RSA","n":"\#(modulus)","e":"AQAB","use":"enc"}"#,
            #"{"kty":"RSA","n":"\#(modulus)","e":"AQAB","alg":"RS512"}"#,
            #"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#, #"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, "{}", "7",
        ])
    func none(_ key: String) throws { #expect(try Self.keys(key).count == 0) }

    @Test("are no more than anybody has", arguments: ["{}", #"{"keys":7}"#, "7"])
    func notASet(_ text: String) throws {
        #expect(throws: EncodingError.self) { try ProviderKeys(JSON(parsing: text.utf8)) }
        let many = [String](repeating: "{}", count: 65).joined(separator: ",")
        #expect(throws: EncodingError.self) { try Self.keys(many) }
    }
}
