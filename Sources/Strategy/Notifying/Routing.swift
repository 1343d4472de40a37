/// Whom an event concerns, by the strategy's routes.
struct Routing: Sendable, Equatable {
    var plan: NotificationPlan
    var contacts: [Contact]

    /// Contacts with one of these roles or names, each once, in the order of the strategy.
    func contacts(_ names: [String]) -> [String] {
        contacts.filter { names.contains($0.name) || $0.roles.contains(where: names.contains) }.map(\.name)
    }

    /// Everyone on a route that fits. Where the strategy has no route at all, everybody is told of what is an error.
    func recipients(of event: Event) -> [String] {
        guard !plan.routes.isEmpty else { return event.severity >= .error ? contacts.map(\.name) : [] }
        let fitting = plan.routes.filter { route in
            event.severity >= route.from
                && (route.events.isEmpty || route.events.contains { event.kind.begins(with: $0) })
        }
        return contacts(fitting.flatMap(\.to))
    }

    /// Of what says by coming that all is well. Routes that name it get it whatever their severity; where none does, those for info;
    /// where there is none, everybody on any route: silence is to be alarming.
    func recipients(ofReport event: Event) -> [String] {
        let named = plan.routes.filter { route in route.events.contains { event.kind.begins(with: $0) } }
        let told = contacts(named.flatMap(\.to))
        if !told.isEmpty { return told }
        let usual = recipients(of: event)
        if !usual.isEmpty { return usual }
        return plan.routes.isEmpty ? contacts.map(\.name) : contacts(plan.routes.flatMap(\.to))
    }

    /// Who is told when `contact` cannot be: the first step of escalation that others are on, or else everybody else on a route.
    func next(after contact: String, severity: Severity, without unreachable: Set<String>) -> [String] {
        func reachable(_ names: [String]) -> [String] {
            contacts(names).filter { $0 != contact && !unreachable.contains($0) }
        }
        for step in plan.escalations where step.from <= severity {
            let found = reachable(step.to)
            if !found.isEmpty { return found }
        }
        let routed = reachable(plan.routes.flatMap(\.to))
        return routed.isEmpty ? reachable(contacts.map(\.name)) : routed
    }
}

extension NotificationPlan.Escalation {
    /// Is the same as long as the strategy says the same.
    var name: String { "\(after.components.seconds) \(from.rawValue) \(to.joined(separator: ","))" }
}
