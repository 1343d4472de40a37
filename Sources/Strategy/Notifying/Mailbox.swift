import Primitives

/// What waits to be told to one contact.
package struct Mailbox: Sendable, Equatable {
    package struct Gathered: Sendable, Equatable {
        package var item: Notice.Item
        package var time: Timestamp
        package var isUrgent: Bool
        /// The contact knows nothing of the incident before.
        package var isFirst: Bool
    }

    package var gathered: [Gathered] = []
    /// When messages were made, within the time that counts.
    package var recent: [Timestamp] = []
    /// After a flood.
    package var quietUntil: Timestamp?

    package init() {}

    var isEmpty: Bool { gathered.isEmpty && recent.isEmpty && quietUntil == nil }

    /// When something is to be made of it.
    func due(_ patience: NotificationPatience, digestEvery: Duration) -> Timestamp? {
        [urgentDue(patience), gathered.first?.time.later(by: digestEvery)].compactMap { $0 }.min()
    }

    /// Urgent things are waited for together, and messages are not too many.
    func urgentDue(_ patience: NotificationPatience) -> Timestamp? {
        let urgent = gathered.filter(\.isUrgent)
        guard let first = urgent.first, let last = urgent.last else { return nil }
        var due = min(last.time.later(by: patience.settling), first.time.later(by: patience.longestSettling))
        if let quietUntil { due = max(due, quietUntil) }
        if recent.count >= patience.burst {
            due = max(due, recent[recent.count - patience.burst].later(by: patience.calm))
        }
        return due
    }

    /// What is told now, each list as one message. Only called when something is due.
    mutating func takeDue(_ patience: NotificationPatience, at now: Timestamp) -> [[Notice.Item]] {
        let urgent = gathered.filter(\.isUrgent)
        let isUrgent = urgentDue(patience).map { $0 <= now } ?? false
        recent = recent.filter { $0.later(by: patience.calm) > now }
        if isUrgent, urgent.count <= patience.separately, recent.count + urgent.count <= patience.burst {
            gathered.removeAll { $0.isUrgent }
            recent += urgent.map { _ in now }
            return urgent.map { [$0.item] }
        }
        if isUrgent, urgent.count > patience.separately { quietUntil = now.later(by: patience.calm) }
        let all = gathered.map(\.item)
        gathered = []
        recent.append(now)
        return [all]
    }

    /// Forgets what no longer counts.
    mutating func tidy(_ patience: NotificationPatience, at now: Timestamp) {
        recent.removeAll { $0.later(by: patience.calm) <= now }
        if let quietUntil, quietUntil <= now { self.quietUntil = nil }
    }

    /// After the clock was set back: nothing lies in the future.
    mutating func clamp(to now: Timestamp, _ patience: NotificationPatience) {
        for index in gathered.indices { gathered[index].time = min(gathered[index].time, now) }
        recent = recent.map { min($0, now) }
        quietUntil = quietUntil.map { min($0, now.later(by: patience.calm)) }
    }
}
