import Primitives

/// Decides who is told of what, when, and again. It has no clock and sends nothing: events and times come in, attempts go out, and how they
/// ended comes back in. Nothing is lost: what was taken in is told until it arrives, or until nobody in the strategy is left to tell.
///
/// An attempt is in the state before it is made. After a crash (`resume`) each one whose end nobody knows is made again, under the same
/// identifier: that is the only reason for which somebody is told the same thing twice.
package struct Dispatcher: Sendable, Equatable {
    package internal(set) var state: DispatcherState
    /// What came to an end since it was last taken, for the book.
    var told: [ToldRecord] = []
    let routing: Routing
    let patience: NotificationPatience

    package init(
        plan: NotificationPlan, contacts: [Contact], state: DispatcherState,
        patience: NotificationPatience = NotificationPatience()
    ) {
        routing = Routing(plan: plan, contacts: contacts)
        (self.state, self.patience) = (state, patience)
    }

    /// The newest first.
    package var openIncidents: [OpenIncident] {
        state.incidents.values.sorted { ($0.opened, $0.number) > ($1.opened, $1.number) }
    }

    /// Messages that were begun and did not arrive on every channel yet, and those of them that failed at least once.
    package var pending: (all: Int, failing: Int) {
        (state.deliveries.count, state.deliveries.values.count { $0.channels.contains { $0.error != nil } })
    }

    package mutating func takeToldRecords() -> [ToldRecord] {
        defer { told = [] }
        return told
    }

    /// What is due by itself: reminders, escalations, messages from what was gathered. To be called at `nextDue`, and after each event.
    package mutating func advance(to now: Timestamp) {
        see(now)
        for key in state.incidents.keys.sorted() { follow(key, at: now) }
        post(at: now)
    }

    /// When `advance` and `take` have something to do again; nil when only an event can bring it.
    package var nextDue: Timestamp? {
        let incidents = state.incidents.values.compactMap { followUp($0) }
        let boxes = state.mailboxes.compactMap { name, box in
            isHeldBack(name) ? nil : box.due(patience, digestEvery: routing.plan.digestEvery)
        }
        let attempts = state.deliveries.values.flatMap { delivery in
            delivery.channels.filter { $0.state == .waiting && $0.begun == nil }.map(\.next)
        }
        return (incidents + boxes + attempts).min()
    }

    mutating func see(_ now: Timestamp) {
        if now < state.latest { state.clamp(to: now, patience) }
        state.latest = now
    }
}
