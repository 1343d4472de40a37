import Primitives

/// What one contact is told at once: one thing, or several that were gathered.
package struct Notice: Sendable, Equatable {
    package enum Reason: String, Sendable, CaseIterable {
        /// It happened.
        case opened
        /// It got worse.
        case worse
        /// It is still so.
        case lasting
        /// Nobody has acknowledged it.
        case unacknowledged
        /// Whoever was to be told could not be reached.
        case forwarded
        /// It is over.
        case over
        /// It happened, and nothing lasts.
        case once
    }

    package struct Item: Sendable, Equatable {
        package var reason: Reason
        /// Number of the incident.
        package var incident: Int64?
        package var event: Event
        /// When it began.
        package var since: Timestamp
        package var occurrences = 1
        /// When it ended: also of what was over before anybody was told.
        package var ended: Timestamp?
        /// Names of the contacts who are told as well.
        package var others: [String] = []

        package init(_ reason: Reason, _ event: Event, incident: Int64? = nil, since: Timestamp? = nil) {
            (self.reason, self.event, self.incident) = (reason, event, incident)
            self.since = since ?? event.time
        }
    }

    package var contact: String
    package var made: Timestamp
    /// Not empty.
    package var items: [Item]

    package init(to contact: String, made: Timestamp, items: [Item]) {
        (self.contact, self.made, self.items) = (contact, made, items)
    }

    /// Of the worst that is not over; of good news it is info.
    package var severity: Severity {
        items.filter { $0.ended == nil }.map(\.event.severity).max() ?? .info
    }
}
