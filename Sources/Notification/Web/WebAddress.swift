/// An address that is asked over TLS, and over nothing else.
package struct WebAddress: Sendable, Equatable {
    package var url: String
    package var host: String

    /// Nil unless it is https://HOST…, of visible ASCII, without a user or password in it.
    package init?(_ text: String) {
        guard text.hasPrefix("https://"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let host = text.dropFirst("https://".count).prefix { !"/?#".contains($0) }
        guard !host.isEmpty, !host.hasPrefix(":"), !host.contains("@") else { return nil }
        (url, self.host) = (text, String(host))
    }
}
