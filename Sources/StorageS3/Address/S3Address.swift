import Primitives

/// Where a repository lies on a server that speaks S3.
package struct S3Address: Sendable, Equatable {
    package enum Addressing: String, Sendable, CaseIterable {
        /// `https://server/bucket/key`
        case path
        /// `https://bucket.server/key`
        case virtual
    }

    package var bucket: String
    /// What all keys begin with, without slashes at its ends; empty for the whole bucket.
    package var prefix: String
    package var endpoint: S3Endpoint
    package var region: String
    package var addressing: Addressing
    /// A file with the certificates (PEM) of those whom the server's certificate may come from; nil for the system's.
    package var authorities: String?
    /// What the server asks for before it listens; nil for nothing.
    package var certificate: ClientCertificate?
    package var preferences = StoragePreferences()
    /// The profile of the shared credentials file; nil for the environment's choice.
    package var profile: String?

    /// The same address as a text that `parse` reads again, without what belongs to one host only (files and profiles).
    package var location: String {
        var text = "s3://\(bucket)" + (prefix.isEmpty ? "" : "/" + prefix)
        var choices: [String] = []
        if endpoint != .amazon(region) { choices.append("endpoint=\(endpoint.text)") }
        choices.append("region=\(region)")
        if addressing != S3Address.usualAddressing(endpoint, bucket) {
            choices.append("addressing=\(addressing.rawValue)")
        }
        choices += preferences.choices
        text += "?" + choices.joined(separator: "&")
        return text
    }

    /// The host that is asked and signed for.
    var host: String { addressing == .virtual ? "\(bucket).\(endpoint.host)" : endpoint.host }

    /// The host as the `Host` header has it.
    var authority: String { endpoint.port.map { "\(host):\($0)" } ?? host }

    /// The path of an object, or of the bucket when `key` is nil; percent-encoded.
    func path(of key: String?) -> String {
        let inBucket = key.map { PercentEncoding.path($0) } ?? ""
        return addressing == .virtual ? "/" + inBucket : "/\(bucket)" + (key == nil ? "" : "/" + inBucket)
    }

    func key(of name: String) -> String { prefix.isEmpty ? name : prefix + "/" + name }

    static func usualAddressing(_ endpoint: S3Endpoint, _ bucket: String) -> Addressing {
        // A dot in the bucket's name would not fit the certificate of `*.s3…`.
        endpoint.host.hasSuffix(".amazonaws.com") && !bucket.contains(".") ? .virtual : .path
    }
}

/// A server: how it is reached, and where.
package struct S3Endpoint: Sendable, Equatable {
    package var isEncrypted: Bool
    /// In brackets where it is an IPv6 address.
    package var host: String
    /// Nil for the protocol's own.
    package var port: Int?

    package var text: String { (isEncrypted ? "https://" : "http://") + host + (port.map { ":\($0)" } ?? "") }

    static func amazon(_ region: String) -> S3Endpoint {
        S3Endpoint(isEncrypted: true, host: "s3.\(region).amazonaws.com", port: nil)
    }

    /// Whether what is sent there does not leave this machine.
    var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil } && parts[0] == "127"
    }
}
