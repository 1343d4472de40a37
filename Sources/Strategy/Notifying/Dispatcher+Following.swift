import Primitives

extension Dispatcher {
    /// When something is to be done about an incident that lasts.
    func followUp(_ incident: OpenIncident) -> Timestamp? {
        ([reminder(incident)] + steps(incident).map { incident.raised.later(by: $0.after) }).compactMap { $0 }.min()
    }

    private func reminder(_ incident: OpenIncident) -> Timestamp? {
        guard !incident.audience.isEmpty else { return nil }
        let pause = incident.acknowledged == nil ? patience.reminder : patience.acknowledgedReminder
        return incident.told.later(by: pause)
    }

    /// Those that are still to be taken.
    private func steps(_ incident: OpenIncident) -> [NotificationPlan.Escalation] {
        guard incident.acknowledged == nil else { return [] }
        return routing.plan.escalations.filter {
            $0.from <= incident.peak && !incident.escalations.contains($0.name)
        }
    }

    mutating func follow(_ key: String, at now: Timestamp) {
        guard var incident = state.incidents[key] else { return }
        let due = steps(incident).filter { incident.raised.later(by: $0.after) <= now }
        for step in due {
            incident.escalations.append(step.name)
            tell(routing.contacts(step.to), of: &incident, .unacknowledged, at: now)
        }
        if due.isEmpty, let reminder = reminder(incident), reminder <= now {
            let present = incident.audience.filter { name in routing.contacts.contains { $0.name == name } }
            incident.told = now
            tell(present, of: &incident, .lasting, at: now)
        }
        state.incidents[key] = incident
    }

    /// Makes messages of what is due in mailboxes. What waits for a contact that cannot be reached waits on, and becomes one message.
    mutating func post(at now: Timestamp) {
        for name in state.mailboxes.keys.sorted() {
            guard var box = state.mailboxes[name] else { continue }
            // Several may be due: what is urgent, and a digest.
            while !isHeldBack(name), let due = box.due(patience, digestEvery: routing.plan.digestEvery), due <= now {
                for items in box.takeDue(patience, at: now) { deliver(items, to: name, at: now) }
            }
            box.tidy(patience, at: now)
            state.mailboxes[name] = box.isEmpty ? nil : box
        }
    }

    func isHeldBack(_ contact: String) -> Bool {
        state.deliveries.values.contains { $0.contact == contact && $0.isFailing }
    }

    mutating func deliver(_ items: [Notice.Item], to contact: String, at now: Timestamp) {
        guard let known = routing.contacts.first(where: { $0.name == contact }), !known.channels.isEmpty else {
            return told.append(lost(items, of: contact, at: now))
        }
        let number = state.number()
        state.deliveries[number] = Delivery(
            number, Notice(to: contact, made: now, items: items), over: known.channels)
    }

    /// He was taken out of the strategy meanwhile.
    func lost(_ items: [Notice.Item], of contact: String, at now: Timestamp) -> ToldRecord {
        ToldRecord(
            time: now, contact: contact, channel: "", severity: items.map(\.event.severity).max() ?? .info,
            kinds: items.map(\.event.kind.name), incidents: items.compactMap(\.incident), attempts: 0,
            error: "The strategy names no way to reach \(contact).")
    }
}
