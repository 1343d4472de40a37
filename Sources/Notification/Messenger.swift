import Primitives
import Strategy

/// Sends messages over whatever channel they are for.
package struct Messenger: Sendable {
    private let plan: NotificationPlan
    private let sender: MessageSender
    private let clock: WallClock
    private let patience: ChannelPatience

    private static let atOnce = 4

    package init(
        _ plan: NotificationPlan, sender: MessageSender, clock: WallClock = .system,
        patience: ChannelPatience = ChannelPatience()
    ) {
        (self.plan, self.sender, self.clock, self.patience) = (plan, sender, clock, patience)
    }

    /// Makes these attempts, some at once, and says how each ended, in their order. Blocks until the last one has ended.
    package func perform(_ attempts: [DeliveryAttempt]) -> [DeliveryOutcome] {
        let outcomes = Monitor([Int: DeliveryOutcome]())
        let numbered = Array(attempts.enumerated())
        try? Concurrently.forEach(numbered, threads: Self.atOnce) { index, attempt in
            let outcome = perform(attempt)
            outcomes.withLock { $0[index] = outcome }
        }
        return attempts.indices.map { index in outcomes.withLock { $0[index] } ?? .failed("It was not tried.") }
    }

    private func perform(_ attempt: DeliveryAttempt) -> DeliveryOutcome {
        do {
            try send(ComposedMessage(attempt, from: sender), over: attempt.channel)
            return .delivered
        } catch {
            return error.outcome
        }
    }

    package func send(_ message: ComposedMessage, over channel: Contact.Channel) throws(MessageFailure) {
        switch channel {
        case .email(let address):
            guard let server = plan.mailServer else {
                throw MessageFailure("The strategy names no mail server.", isHopeless: true)
            }
            try MailChannel(server, to: address, patience: patience).send(message)
        case .webhook(let url, let secretFile):
            try WebhookChannel(
                url, secretFile: secretFile, authorityFile: plan.authorityFile, clock: clock, patience: patience
            ).send(message)
        case .command(let words):
            try CommandChannel(words, patience: patience).send(message)
        }
    }
}
