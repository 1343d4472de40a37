import Identity
import Primitives

/// What a provider says of itself (OpenID Connect Discovery, section 3).
struct ProviderDocument {
    let deviceEndpoint: String
    let tokenEndpoint: String
    let keysAddress: String
    /// Whether a client's secret goes into the form, because the provider does not take it in a header.
    let takesSecretInForm: Bool

    /// Throws `provider-misconfigured` where it is not the issuer's own, or lacks what is needed.
    init(_ document: JSON, of issuer: String) throws {
        guard document["issuer"]?.text == issuer else {
            throw ProviderTrouble.misconfigured(
                "What is found below \(issuer) speaks of another issuer: \(document["issuer"]?.text ?? "none").",
                "Name the issuer exactly as the provider's own documents have it.")
        }
        func address(_ name: String) throws -> String {
            guard let address = document[name]?.text, Self.isAddress(address) else {
                throw ProviderTrouble.misconfigured(
                    "\(issuer) does not say where its \(name) is.",
                    "Permit the device authorization grant (RFC 8628) there; without it nobody can sign in from a server."
                )
            }
            return address
        }
        deviceEndpoint = try address("device_authorization_endpoint")
        tokenEndpoint = try address("token_endpoint")
        keysAddress = try address("jwks_uri")
        let methods = document["token_endpoint_auth_methods_supported"]?.list?.compactMap(\.text) ?? []
        takesSecretInForm = !methods.contains("client_secret_basic") && methods.contains("client_secret_post")
    }

    private static func isAddress(_ text: String) -> Bool {
        text.hasPrefix("https://") && text.utf8.count <= 2048 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    static func fetch(_ issuer: String, _ connection: ProviderConnection) throws -> ProviderDocument {
        let start = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let address = start + "/.well-known/openid-configuration"
        let answer = try connection.get(address)
        guard answer.status == 200, let document = answer.document else {
            if answer.status >= 500 { throw ProviderTrouble.unreachable(address, "status \(answer.status)") }
            throw ProviderTrouble.misconfigured(
                "\(address) is no document of a provider (status \(answer.status)).",
                "Name the issuer exactly as the provider's own documents have it. Nobody is followed to another address."
            )
        }
        return try ProviderDocument(document, of: issuer)
    }
}
