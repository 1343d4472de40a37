import Strategy

/// Where mail is handed in: smtps://HOST[:PORT], or smtp://HOST[:PORT], where STARTTLS is required.
package struct MailServerAddress: Sendable, Equatable {
    package var url: String
    package var host: String

    /// Nil for every other spelling: what is behind the port would be taken for a name, and what is before the host for a password.
    package init?(_ text: String) {
        guard let scheme = ["smtps://", "smtp://"].first(where: text.hasPrefix) else { return nil }
        var rest = text.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var name = rest
        if let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") {
            guard let port = Int(rest[rest.index(after: colon)...]), (1...65535).contains(port) else { return nil }
            name = rest[..<colon]
        }
        let isPlain = name.utf8.allSatisfy(Self.isAllowed)
        let isLiteral =
            name.hasPrefix("[") && name.hasSuffix("]")
            && name.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" }
        guard !name.isEmpty, isPlain || isLiteral else { return nil }
        (url, host) = (scheme + rest, String(name))
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// An address as RFC 5321 has it, without comments, quotes and names: the only form that is put into a command or a header.
package struct MailAddress: Sendable, Equatable {
    package var text: String
    package var domain: String

    package init?(_ text: String) {
        guard let sign = text.lastIndex(of: "@"), text.utf8.count <= 254 else { return nil }
        let (local, domain) = (text[..<sign], text[text.index(after: sign)...])
        guard !local.isEmpty, local.utf8.allSatisfy(Self.isAtom), !local.hasPrefix("."), !local.hasSuffix("."),
            !domain.isEmpty, !domain.hasPrefix("-"), domain.utf8.allSatisfy(Self.isDomain)
        else { return nil }
        (self.text, self.domain) = (text, String(domain))
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
