import Crypto
import Primitives
import Sealing

/// Whose word is taken for who somebody is: a provider of single sign-on (OpenID Connect).
package struct IdentityProvider: Sendable, Equatable {
    /// As its tokens name it, character by character.
    package let issuer: String
    /// What this host is called there.
    package let client: String
    /// Authorities that its certificate may come from, as PEM; empty for those that the system trusts.
    package let authorities: [UInt8]
    /// Ways of signing in there (RFC 8176) that count as a second factor. Where there are none, Safehold's own is asked for as well.
    package let secondFactors: [String]

    package init(
        issuer: String, client: String, authorities: [UInt8] = [], secondFactors: [String] = []
    ) throws(SingleSignOnRefusal) {
        guard Self.isIssuer(issuer) else { throw .issuerUnusable }
        guard (1...256).contains(client.utf8.count), client.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .clientUnusable
        }
        guard authorities.count <= 64 << 10 else { throw .authoritiesUnusable }
        for method in secondFactors where Self.weak.contains(method) || !Self.isMethod(method) {
            throw .noFactor(method)
        }
        (self.issuer, self.client, self.authorities) = (issuer, client, authorities)
        self.secondFactors = Set(secondFactors).sorted()
    }

    /// What is a password by another name, or is not shown by anybody, and what NIST SP 800-63B restricts.
    private static let weak: Set = ["geo", "kba", "pin", "pwd", "rba", "sms", "tel", "user", "vbm", "wia"]

    private static func isMethod(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// OpenID Connect Discovery, section 3: https, without query and fragment.
    private static func isIssuer(_ text: String) -> Bool {
        let start = "https://"
        guard text.utf8.count <= 512, text.hasPrefix(start) else { return false }
        let rest = text.utf8.dropFirst(start.utf8.count)
        let forbidden = Set("?#@\\\"<>^`{|}".utf8)
        return rest.first.map { $0 != 0x2F } == true
            && rest.allSatisfy { (0x21...0x7E).contains($0) && !forbidden.contains($0) }
    }

    /// What others agree to before people come from there. `secret` is that of the client under the host's key; zero where there is none.
    package func plan(secret: Digest32) -> Digest32 {
        var writer = ByteWriter()
        writer.counted("safehold v1 identity provider")
        write(to: &writer)
        writer.digest(secret)
        return SHA256Digest.of(writer.bytes)
    }

    func write(to writer: inout ByteWriter) {
        writer.counted(issuer)
        writer.counted(client)
        writer.counted(authorities)
        writer.list(secondFactors) { $0.counted($1) }
    }

    /// Whether what somebody showed there counts as a second factor here. It must have been shown within the length of a session.
    func vouches(for statement: ProviderStatement, at now: Moment, under limits: SessionLimits) -> Bool {
        guard let shown = statement.authenticated, !Set(secondFactors).isDisjoint(with: statement.methods) else {
            return false
        }
        return shown.duration(to: now.wall) <= limits.whole
    }
}

extension HostKey {
    /// What a client shows to a provider, as plans have it: nobody without the key can try what it might be.
    package borrowing func digest(ofClientSecret secret: borrowing SecretBytes) -> Digest32 {
        guard secret.count > 0 else { return .zero }
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: bytes().symmetricKey(), info: Array("safehold v1 client secret".utf8),
            outputByteCount: 32)
        return secret.withUnsafeBytes { bytes in
            HMAC<SHA256>.authenticationCode(for: Array(bytes), using: key).withUnsafeBytes { Digest32(loading: $0) }
        }
    }
}

/// What it takes to ask a provider.
package struct ProviderAccess: ~Copyable, Sendable {
    package let provider: IdentityProvider
    /// Empty for a client that has none.
    package let secret: SecretBytes

    package init(_ provider: IdentityProvider, secret: consuming SecretBytes) {
        self.provider = provider
        self.secret = secret
    }
}
