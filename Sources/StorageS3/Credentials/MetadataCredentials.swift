import FoundationEssentials
import Primitives

/// Credentials that a machine's or container's own surroundings hand out.
struct MetadataCredentials {
    private let sources: CredentialChain.Sources

    init(_ sources: CredentialChain.Sources) { self.sources = sources }

    /// Nil where no container endpoint is named.
    func container() throws -> S3Credentials? {
        let address: String
        if let relative = sources.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            address = "http://169.254.170.2" + relative
        } else if let full = sources.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            address = full
        } else {
            return nil
        }
        guard Self.isTrusted(address) else {
            throw Failure(
                .storageCredentials, "The container's credentials endpoint is not encrypted, and not on this machine.",
                advice: "AWS_CONTAINER_CREDENTIALS_FULL_URI must begin with https://, or name a loopback address.")
        }
        var headers: [(String, String)] = []
        if let token = try token() { headers.append(("Authorization", token)) }
        guard let answer = sources.fetch("GET", address, headers),
            let found = CredentialAnswer.read(answer, token: "Token")
        else {
            throw Failure(
                .storageCredentials, "The container's credentials endpoint gave no credentials.",
                advice: "Check the role of the container, and AWS_CONTAINER_CREDENTIALS_FULL_URI.")
        }
        return found
    }

    private func token() throws -> String? {
        if let file = sources.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            return try sources.file(file)?.split(whereSeparator: \.isNewline).first.map(String.init)
        }
        return sources.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    }

    /// Version 2 of the instance's metadata only: version 1 answers whoever can make this machine send a GET.
    func instance() -> S3Credentials? {
        guard sources.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else { return nil }
        let base = "http://169.254.169.254/latest/"
        guard let token = sources.fetch("PUT", base + "api/token", [("X-aws-ec2-metadata-token-ttl-seconds", "300")])
        else { return nil }
        let path = base + "meta-data/iam/security-credentials/"
        let headers = [("X-aws-ec2-metadata-token", token)]
        guard let role = sources.fetch("GET", path, headers)?.split(whereSeparator: \.isNewline).first,
            let answer = sources.fetch("GET", path + PercentEncoding.encode(String(role)), headers)
        else { return nil }
        return CredentialAnswer.read(answer, token: "Token")
    }

    /// Encrypted, or an address that only this machine and its host can have.
    static func isTrusted(_ address: String) -> Bool {
        if address.hasPrefix("https://") { return true }
        guard address.hasPrefix("http://") else { return false }
        let place = address.dropFirst(7).prefix { $0 != "/" && $0 != "?" }
        guard let endpoint = S3Endpoint("http://" + place) else { return false }
        return endpoint.isLoopback || ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(endpoint.host)
    }
}

/// The JSON that endpoints and commands give credentials in.
enum CredentialAnswer {
    private struct Fields: Decodable {
        var AccessKeyId: String?
        var SecretAccessKey: String?
        var SessionToken: String?
        var Token: String?
        var Expiration: String?
    }

    static func read(_ text: String, token: String) -> S3Credentials? {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(text.utf8)), let key = fields.AccessKeyId,
            let secret = fields.SecretAccessKey, !key.isEmpty, !secret.isEmpty
        else { return nil }
        let expires = fields.Expiration.map(moment)
        // An end that cannot be read would be passed without a sign.
        if case .some(nil) = expires { return nil }
        return S3Credentials(
            accessKey: key, secret: secret, token: token == "Token" ? fields.Token : fields.SessionToken,
            expires: expires ?? nil)
    }

    /// RFC 3339 in UTC, with or without fractions of a second.
    private static func moment(_ text: String) -> Timestamp? {
        guard text.hasSuffix("Z") || text.hasSuffix("+00:00") else { return nil }
        return Timestamp(description: text.prefix(19) + "Z")
    }
}
