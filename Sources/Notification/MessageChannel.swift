import Strategy

/// A way to reach somebody. Calls block, and come from any thread.
package protocol MessageChannel: Sendable {
    /// Returns when whoever takes messages there has taken it. May be called again with the same message, which has the same identifier.
    func send(_ message: ComposedMessage) throws(MessageFailure)
}

/// A message did not go out.
package struct MessageFailure: Error, Sendable, Equatable {
    /// What happened, as a sentence. Never holds a secret.
    package var reason: String
    /// As things are set up it cannot work: somebody has to change something.
    package var isHopeless: Bool
    /// When the server wants to be asked again.
    package var retryAfter: Duration?

    package init(_ reason: String, isHopeless: Bool = false, retryAfter: Duration? = nil) {
        (self.reason, self.isHopeless, self.retryAfter) = (reason, isHopeless, retryAfter)
    }

    package var outcome: DeliveryOutcome {
        .failed(reason, isHopeless: isHopeless, retryAfter: retryAfter)
    }
}

/// How long is waited for others.
package struct ChannelPatience: Sendable, Equatable {
    package var connecting: Duration = .seconds(20)
    package var whole: Duration = .seconds(120)
    package var command: Duration = .seconds(60)

    package init() {}
}
