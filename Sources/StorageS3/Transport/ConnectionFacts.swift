import NIOSSL

/// How a store is reached.
package struct ConnectionFacts: Sendable, Equatable {
    /// "TLS 1.3", or nil for plain http, which never leaves this machine.
    package var version: String?
    /// Whether the server agrees to X25519MLKEM768, which is offered first on every connection; nil where nothing is encrypted. The TLS
    /// library does not tell which group a connection has, so this is tried with one that offers nothing else.
    package var takesHybridKeyExchange: Bool?

    package init(version: String?, takesHybridKeyExchange: Bool?) {
        (self.version, self.takesHybridKeyExchange) = (version, takesHybridKeyExchange)
    }
}

extension S3Store {
    /// How many requests may be on their way at once, by what the server said so far.
    package var requestsAtOnce: Int { client.requestsAtOnce }

    /// Makes connections of its own.
    package func connection() throws -> ConnectionFacts {
        try checkBucket()
        guard address.endpoint.isEncrypted else { return ConnectionFacts(version: nil, takesHybridKeyExchange: nil) }
        return ConnectionFacts(
            version: client.tlsVersion, takesHybridKeyExchange: try client.agrees(toOnly: [.x25519_MLKEM768]))
    }
}
