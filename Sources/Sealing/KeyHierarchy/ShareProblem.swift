import Primitives

/// Why shares were refused. Positions count the given shares from 1.
package enum ShareProblem: Error, Equatable, Sendable {
    case impossible(threshold: Int, shares: Int)
    case notAShare(position: Int)
    case wrongLength(position: Int, digits: Int, expected: Int)
    case notHexadecimal(position: Int)
    case mistyped(position: Int)
    case meaningless(position: Int)
    case otherRecipient(position: Int)
    case otherSplitting(position: Int)
    case repeated(position: Int, earlier: Int)
    case tooFew(have: Int, needed: Int?)
    case inconsistent

    /// The same for a person.
    package var failure: Failure {
        let (message, advice) = texts
        if case .impossible = self { return Failure(.usage, message, advice: advice) }
        return Failure(.shareInvalid, message, advice: advice)
    }

    private var texts: (message: String, advice: String) {
        switch self {
        case .impossible(let threshold, let shares):
            (
                "A secret cannot be split into \(shares) shares of which \(threshold) open.",
                "Choose 2 to 255 shares, and a threshold from 2 to their number."
            )
        case .notAShare(let position):
            (
                "Share \(position) does not begin with '\(SecretShare.prefix)'.",
                "Type or scan the whole line, with its beginning."
            )
        case .wrongLength(let position, let digits, let expected):
            (
                "Share \(position) has \(digits) hexadecimal digits behind its colon; a share has \(expected).",
                "Compare it with the printed share: something was left out or typed twice."
            )
        case .notHexadecimal(let position):
            (
                "Share \(position) holds a character that is no hexadecimal digit.",
                "A share has the digits 0 to 9 and a to f only."
            )
        case .mistyped(let position):
            (
                "Share \(position) is mistyped: its checksum does not fit.",
                "Compare it with the printed share, digit by digit."
            )
        case .meaningless(let position):
            (
                "Share \(position) states numbers that no share can have.",
                "It was not made by Safehold; use the share that was printed."
            )
        case .otherRecipient(let position):
            (
                "Share \(position) belongs to another recipient than share 1.",
                "Put together shares of one escrow recipient only."
            )
        case .otherSplitting(let position):
            (
                "Share \(position) comes from another splitting than share 1: it states other numbers of shares.",
                "Put together shares that were printed at the same time."
            )
        case .repeated(let position, let earlier):
            (
                "Share \(position) is the same holder's as share \(earlier).",
                "Every share must come from another holder."
            )
        case .tooFew(let have, let needed):
            (
                needed.map { "\(have == 1 ? "One share was" : "\(have) shares were") given, and \($0) are needed." }
                    ?? "No share was given.",
                "Ask further holders for their shares."
            )
        case .inconsistent:
            (
                "The shares do not fit together: at least one comes from another splitting.",
                "Try again with exactly as many shares as are needed, leaving out one after the other."
            )
        }
    }
}
