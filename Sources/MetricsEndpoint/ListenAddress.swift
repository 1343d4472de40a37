import Primitives

/// HOST:PORT, where numbers are served.
package struct ListenAddress: Sendable, Equatable {
    package var host: String
    package var port: Int

    /// Throws `strategy-invalid` for another spelling.
    package init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw Self.wrong(text) }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }) else {
            throw Self.wrong(text)
        }
        (self.host, self.port) = (String(host), port)
    }

    /// Whether nobody outside of this host can ask. A name may come to mean anything, but for this one.
    package var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts[0] == 127 && parts.allSatisfy { $0 != nil }
    }

    private static func wrong(_ text: String) -> Failure {
        Failure(
            .strategyInvalid, "Metrics are to be served at '\(text)', which is no address.",
            advice: "Give HOST:PORT, for instance 127.0.0.1:9464.")
    }
}
