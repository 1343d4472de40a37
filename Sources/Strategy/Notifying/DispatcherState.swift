import Primitives

/// All that notifying remembers. Whoever keeps it writes it down after each change and before anything is sent: what is in it is told
/// in the end, whatever crashes in between.
package struct DispatcherState: Sendable, Equatable {
    /// Makes identifiers of messages differ from every other installation's.
    package var origin: String
    /// The next number of an incident or a delivery.
    package var next: Int64 = 1
    /// The newest time that was seen.
    package var latest = Timestamp(nanoseconds: .min)
    /// By their keys.
    package var incidents: [String: OpenIncident] = [:]
    /// By the names of the contacts.
    package var mailboxes: [String: Mailbox] = [:]
    /// By their numbers.
    package var deliveries: [Int64: Delivery] = [:]

    /// `origin`: some random letters and digits.
    package init(origin: String) { self.origin = origin }

    mutating func number() -> Int64 {
        defer { next += 1 }
        return next
    }

    /// After the clock was set back, nothing that was remembered lies in the future: it would be waited for until then.
    mutating func clamp(to now: Timestamp, _ patience: NotificationPatience) {
        for key in incidents.keys { incidents[key]?.clamp(to: now) }
        for name in mailboxes.keys { mailboxes[name]?.clamp(to: now, patience) }
        for number in deliveries.keys { deliveries[number]?.clamp(to: now, patience) }
    }
}

extension OpenIncident {
    fileprivate mutating func clamp(to now: Timestamp) {
        (opened, raised, seen, told) = (min(opened, now), min(raised, now), min(seen, now), min(told, now))
    }
}

extension Delivery {
    fileprivate mutating func clamp(to now: Timestamp, _ patience: NotificationPatience) {
        notice.made = min(notice.made, now)
        for index in channels.indices {
            channels[index].next = min(channels[index].next, now.later(by: patience.lastRetry))
            channels[index].begun = channels[index].begun.map { min($0, now) }
        }
    }
}
