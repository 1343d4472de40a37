import Primitives

/// What goes on while somebody signs in elsewhere (RFC 8628, section 3.5): a value that takes answers and says what comes next.
struct DeviceWaiting {
    enum Step: Equatable {
        case wait
        case token(String)
        case failed(Failure)
    }

    private static let longestInterval = Duration.seconds(60)

    private(set) var interval: Duration
    private var left: Duration

    init(interval: Duration, lifetime: Duration) { (self.interval, left) = (interval, lifetime) }

    /// Nil for both is no answer: the provider may be back before time is up.
    mutating func take(status: Int?, _ document: JSON?) -> Step {
        left -= interval
        guard left > .zero else { return .failed(Self.expired) }
        guard let status, status < 500 else {
            interval = min(interval * 2, Self.longestInterval)
            return .wait
        }
        if status == 200, let document {
            guard let token = document["id_token"]?.text else { return .failed(Self.noToken) }
            return .token(token)
        }
        switch document?["error"]?.text {
        case "authorization_pending": return .wait
        case "slow_down":
            interval = min(interval + .seconds(5), Self.longestInterval)
            return .wait
        case "access_denied": return .failed(Self.denied)
        case "expired_token": return .failed(Self.expired)
        case let word:
            return .failed(
                ProviderTrouble.misconfigured(
                    "The provider gives no token: \(word.map { ErrorWord.printable($0) } ?? "status \(status)").",
                    "Check there what this client may do."))
        }
    }

    static let expired = Failure(
        .signInRefused, "Nobody signed in at the provider in time.", advice: "Run 'safehold login --sso' again.")
    static let denied = Failure(
        .signInRefused, "The provider was told not to let you in.",
        advice: "Run 'safehold login --sso' again, and say yes there; or sign in with 'safehold login NAME'.")
    static let noToken = ProviderTrouble.misconfigured(
        "The provider gave no ID token.", "Permit the scope openid to this client.")
}
