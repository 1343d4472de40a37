import CCurl
import Primitives
import Strategy

/// What libcurl said of a transfer.
struct Transfer {
    var kind: sh_curl_kind
    var status: Int
    var retryAfter: Duration?
    var error: String
    var said: String

    init(_ answer: sh_curl_answer) {
        (kind, status) = (answer.kind, answer.status)
        retryAfter = answer.retry_after > 0 ? .seconds(answer.retry_after) : nil
        error = withUnsafeBytes(of: answer.error) { Self.text($0) }
        said = withUnsafeBytes(of: answer.said) { Self.text($0) }
    }

    /// One line, without what would move a cursor.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    /// Why `host` did not take it, for what is alike everywhere; nil where nothing of that kind happened.
    func problem(with host: String) -> MessageFailure? {
        switch kind {
        case SH_CURL_UNREACHABLE: MessageFailure("\(host) cannot be reached: \(error).")
        case SH_CURL_TIMEOUT: MessageFailure("\(host) did not answer in time: \(error).")
        case SH_CURL_TLS:
            MessageFailure("\(host) offers no TLS 1.3, and nothing is sent over less: \(error).", isHopeless: true)
        case SH_CURL_CERTIFICATE:
            MessageFailure("The certificate of \(host) is not trusted: \(error).", isHopeless: true)
        case SH_CURL_SETUP: MessageFailure("libcurl cannot send to \(host): \(error).", isHopeless: true)
        default: nil
        }
    }
}

extension ChannelPatience {
    var connectMilliseconds: Int { Self.milliseconds(connecting) }
    var milliseconds: Int { Self.milliseconds(whole) }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000)
    }
}
