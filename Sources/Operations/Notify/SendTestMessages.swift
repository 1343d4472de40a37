import Identity
import Notification
import Primitives
import Strategy

/// Sends a true message over every channel of the strategy's contacts, so that one knows before it matters.
package enum SendTestMessages {
    /// Whom it goes to: everybody, where neither is given.
    package struct Choice: Sendable {
        package var contact: String?
        package var role: String?
        package init(contact: String?, role: String?) { (self.contact, self.role) = (contact, role) }
    }

    package struct Sent: Sendable, Equatable {
        package var contact: String
        package var channel: String
        /// Why it did not go out; nil where it did.
        package var error: String?
    }

    /// In the order of the strategy. Throws `usage` where nobody fits.
    package static func run(
        permit: consuming Permit<StrategyAction>, strategy: BackupStrategy, choice: Choice, host: String,
        clock: WallClock
    ) throws -> [Sent] {
        let actor = permit.actor
        let messenger = Messenger(
            strategy.notifications, sender: MessageSender(project: strategy.project, host: host), clock: clock)
        return try contacts(strategy, choice).flatMap { contact in
            let identifier = "test.\(SessionID.random().hex)"
            let message = ComposedMessage(
                .test(to: contact, at: clock.now(), by: actor), identifier: identifier,
                from: MessageSender(project: strategy.project, host: host))
            return contact.channels.map { channel in
                var sent = Sent(contact: contact.name, channel: channel.name)
                do throws(MessageFailure) {
                    try messenger.send(message, over: channel)
                } catch {
                    sent.error = error.reason
                }
                return sent
            }
        }
    }

    private static func contacts(_ strategy: BackupStrategy, _ choice: Choice) throws -> [Contact] {
        let found = strategy.contacts.filter { contact in
            (choice.contact.map { $0 == contact.name } ?? true)
                && (choice.role.map(contact.roles.contains) ?? true)
        }
        guard !found.isEmpty else {
            let known = strategy.contacts.map { "\($0.name) (\($0.roles.joined(separator: ", ")))" }
            throw Failure(
                .usage, "No contact of the strategy fits.",
                advice: known.isEmpty
                    ? "The strategy has none: add 'contacts'." : "There is: \(known.joined(separator: "; ")).")
        }
        return found
    }
}
