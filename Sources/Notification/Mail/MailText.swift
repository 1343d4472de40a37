import Primitives
import Strategy

/// A message as RFC 5322 and RFC 2045 want it: text and page as alternatives. Lines end in CRLF, are no longer than 76 octets but for
/// names that cannot be broken, and hold nothing but ASCII; what comes from elsewhere cannot begin a header.
package enum MailText {
    package static func of(_ message: ComposedMessage, from: MailAddress, to: MailAddress) -> String {
        let boundary = "=_safehold_\(token(message.identifier))"
        var lines = headers(message, from, to)
        lines += [
            "MIME-Version: 1.0", "Content-Type: multipart/alternative;", " boundary=\"\(boundary)\"", "",
            "--\(boundary)",
        ]
        lines += part("plain", message.text) + ["--\(boundary)"] + part("html", message.html) + ["--\(boundary)--", ""]
        return lines.joined(separator: "\r\n")
    }

    private static func headers(_ message: ComposedMessage, _ from: MailAddress, _ to: MailAddress) -> [String] {
        var lines = [
            "Date: \(date(message.notice.made))",
            "From: " + unstructured("Safehold \(message.sender.project)", after: 6, isPhrase: true)
                + "\r\n <\(from.text)>",
            "To: <\(to.text)>", "Message-ID: <\(token(message.identifier))@\(from.domain)>",
            "Subject: " + unstructured(message.subject, after: 9),
        ]
        if let thread = message.thread {
            let root = "<\(token(thread))@\(from.domain)>"
            lines += ["In-Reply-To: \(root)", "References: \(root)"]
        }
        lines += [
            "Auto-Submitted: auto-generated", "X-Safehold-Event: \(token(message.event))",
            "X-Safehold-Severity: \(message.severity.rawValue)",
        ]
        if message.severity >= .error { lines.append("Importance: high") }
        return lines
    }

    private static func part(_ kind: String, _ text: String) -> [String] {
        ["Content-Type: text/\(kind); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", ""]
            + QuotedPrintable.lines(text)
    }

    /// Only what every header and boundary may hold.
    private static func token(_ text: String) -> String {
        String(decoding: text.utf8.map { byte -> UInt8 in isToken(byte) ? byte : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// A header's text: as it is where that is plain and short, or else in encoded words (RFC 2047), each of whole characters.
    static func unstructured(_ text: String, after column: Int, isPhrase: Bool = false) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        let mayStay =
            isPlain && !text.contains("=?") && (!isPhrase || text.utf8.allSatisfy { isToken($0) || $0 == 0x20 })
        if mayStay, column + text.utf8.count <= 76, !text.isEmpty { return text }
        var words: [String] = []
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar).utf8)
            // 75 octets a word, of which 12 are around it; the first stands behind the name.
            if bytes.count + next.count > (words.isEmpty ? 36 : 45) {
                words.append(Base64.encode(bytes))
                bytes = []
            }
            bytes += next
        }
        words.append(Base64.encode(bytes))
        return words.map { "=?UTF-8?B?\($0)?=" }.joined(separator: "\r\n ")
    }

    /// Wed, 25 Nov 2026 20:47:32 +0000.
    static func date(_ time: Timestamp) -> String {
        let text = Array(time.description)
        let days = time.nanoseconds.dividedFloor(by: 86_400_000_000_000)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(((days % 7) + 7) % 7)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months[(Int(String(text[5...6])) ?? 1) - 1]
        return "\(weekday), \(String(text[8...9])) \(month) \(String(text[0...3])) \(String(text[11...18])) +0000"
    }
}

/// RFC 2045, section 6.7.
enum QuotedPrintable {
    static func lines(_ text: String) -> [String] {
        let body = text.hasSuffix("\n") ? text.dropLast() : text[...]
        return body.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).flatMap { line(Array($0)) }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func line(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        var current: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let isPlain = (0x21...0x7E).contains(byte) && byte != 0x3D || (byte == 0x20 || byte == 0x09) && !isLast
            let piece = isPlain ? [byte] : [0x3D, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            if current.count + piece.count > (isLast ? 76 : 75) {
                lines.append(String(decoding: current, as: UTF8.self) + "=")
                current = []
            }
            current += piece
        }
        return lines + [String(decoding: current, as: UTF8.self)]
    }
}
