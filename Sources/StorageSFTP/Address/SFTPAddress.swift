import Primitives

/// Where a repository lies on a server that speaks SFTP: `sftp://[user@]host[:port]/path[?config=FILE]`. The host may be an alias of
/// ssh's own configuration, which also names keys and known hosts.
package struct SFTPAddress: Sendable, Equatable {
    package var user: String?
    package var host: String
    package var port: UInt16?
    /// Absolute, or relative to the directory that the server puts the user into.
    package var path: String
    /// A configuration of ssh in place of the user's.
    package var configuration: String?

    package static func isMeant(by text: String) -> Bool { text.hasPrefix("sftp://") }

    /// As it is shown; there is no secret in it.
    package var location: String {
        let shown = path.hasPrefix("/") ? path : "/~/" + path
        return "sftp://" + (user.map { $0 + "@" } ?? "") + host + (port.map { ":\($0)" } ?? "") + shown
    }

    /// Throws `usage`.
    package static func parse(_ text: String) throws -> SFTPAddress {
        guard isMeant(by: text) else { throw wrong(text, "does not begin with sftp://") }
        let rest = text.dropFirst(7)
        let (place, query) = split(rest, at: "?")
        guard let slash = place.firstIndex(of: "/") else { throw wrong(text, "names no directory") }
        var address = try authority(place[..<slash], text)
        var path = String(place[slash...])
        if path.hasPrefix("/~/") { path = String(path.dropFirst(3)) }
        while path.hasSuffix("/") { path.removeLast() }
        guard !path.isEmpty, !path.utf8.contains(0) else { throw wrong(text, "names no directory") }
        address.path = path
        for item in query.split(separator: "&") {
            let (name, value) = split(item, at: "=")
            guard name == "config", value.hasPrefix("/") else {
                throw wrong(text, "has the parameter '\(name)'; only config=/FILE can be given")
            }
            address.configuration = String(value)
        }
        return address
    }

    private static func authority(_ part: Substring, _ text: String) throws -> SFTPAddress {
        var address = SFTPAddress(host: "", path: "")
        var host = part
        if let at = part.lastIndex(of: "@") {
            let user = part[..<at]
            guard !user.contains(":") else { throw wrong(text, "has a password in it, which belongs into no address") }
            guard isPlain(user) else { throw wrong(text, "has no valid user") }
            address.user = String(user)
            host = part[part.index(after: at)...]
        }
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let rest = host[host.index(after: end)...]
            address.host = String(host[host.index(after: host.startIndex)..<end])
            host = rest.isEmpty ? "" : rest
            if !rest.isEmpty { address.port = try port(rest, text) }
        } else if let colon = host.firstIndex(of: ":") {
            address.port = try port(host[colon...], text)
            address.host = String(host[..<colon])
        } else {
            address.host = String(host)
        }
        guard isPlain(address.host[...], besides: ":%") else { throw wrong(text, "has no valid host") }
        return address
    }

    private static func port(_ text: Substring, _ whole: String) throws -> UInt16 {
        guard text.hasPrefix(":"), let port = UInt16(text.dropFirst()), port > 0 else {
            throw wrong(whole, "has no valid port")
        }
        return port
    }

    /// What ssh cannot take for an option or for anything but a name.
    private static func isPlain(_ text: Substring, besides more: String = "") -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                        || ("._-" + more).unicodeScalars.contains(scalar))
            }
    }

    private static func split(_ text: Substring, at mark: Character) -> (Substring, Substring) {
        guard let place = text.firstIndex(of: mark) else { return (text, "") }
        return (text[..<place], text[text.index(after: place)...])
    }

    private static func wrong(_ text: String, _ problem: String) -> Failure {
        // A password may stand before the @.
        let shown = text.contains("@") ? "sftp://…" + text[(text.lastIndex(of: "@") ?? text.startIndex)...] : text
        return Failure(
            .usage, "The address \(shown) \(problem).",
            advice: "Write sftp://USER@HOST:PORT/DIRECTORY; /~/DIRECTORY is below the user's own (docs/stores.md).")
    }
}
