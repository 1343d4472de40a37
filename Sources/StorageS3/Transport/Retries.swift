import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives

/// What may be tried again: what the server says about its own state, and what broke on the way. Never what it says about the request.
package enum Retries {
    package static func isTransient(status: Int, code: String) -> Bool {
        switch status {
        case 500, 502, 503, 504, 429: true
        default:
            again.contains(code)
        }
    }

    private static let again: Set = [
        "SlowDown", "RequestTimeout", "InternalError", "OperationAborted", "ConditionalRequestConflict",
        // What came is not what we sent: it was spoilt or cut off on its way, and the server kept nothing of it.
        "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody",
    ]

    /// Whether the connection failed in a way that another one need not.
    static func isTransient(_ error: any Error) -> Bool {
        if isDistrust(error) { return false }
        if let error = error as? HTTPClientError {
            return [
                .readTimeout, .writeTimeout, .remoteConnectionClosed, .connectTimeout, .tlsHandshakeTimeout,
                .deadlineExceeded, .getConnectionFromPoolTimeout, .requestStreamCancelled, .cancelled, .uncleanShutdown,
            ].contains(error)
        }
        return error is IOError || error is ChannelError || error is HTTPParserError || error is NIOConnectionError
            || error is NIOSSLError || error is BoringSSLError || error is ResponseAccumulator.ResponseTooBigError
    }

    /// Whether the other side could not prove who it is, or speaks only what is no longer safe.
    static func isDistrust(_ error: any Error) -> Bool {
        if error is NIOSSLExtraError { return true }
        let text = "\(error)"
        if case .handshakeFailed? = error as? NIOSSLError { return !text.contains("EOF") && !text.contains("SYSCALL") }
        return error is BoringSSLError && (text.contains("CERTIFICATE") || text.contains("PROTOCOL_VERSION"))
    }

    /// Whether the two sides did not come to terms.
    static func isHandshake(_ error: any Error) -> Bool {
        if case .handshakeFailed? = error as? NIOSSLError { return true }
        return error is BoringSSLError || "\(error)".contains("handshake")
    }

    /// Full jitter: anything up to a bound that doubles, from a tenth of a second to ten seconds.
    package static func pause(afterAttempt attempt: Int, _ random: (ClosedRange<Int>) -> Int) -> Int {
        random(0...min(10_000, 100 << min(attempt, 7)))
    }
}

/// How much trying again a store may cost: a server in trouble is not helped by everybody asking it four times as much.
package final class RetryBudget: Sendable {
    private let left: Monitor<Int>
    private let most: Int

    package init(_ most: Int = 1000) {
        self.most = most
        left = Monitor(most)
    }

    /// False when it is used up.
    package func take() -> Bool {
        left.withLock { left in
            guard left >= 10 else { return false }
            left -= 10
            return true
        }
    }

    /// What succeeds pays in: while no more than one request in four fails, a run can go on for ever.
    package func refill() { left.withLock { $0 = min(most, $0 + 4) } }
}
