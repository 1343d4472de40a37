import Primitives

extension Dispatcher {
    /// Something is wrong, and stays so until `recovered`. Of the same thing people are told anew only when it gets worse, or when it
    /// concerns somebody who does not know yet.
    package mutating func happened(_ event: Event, at now: Timestamp) {
        see(now)
        guard var incident = state.incidents[event.key] else { return open(event, at: now) }
        incident.occurrences += 1
        incident.seen = now
        incident.event = event
        let isWorse = event.severity > incident.peak
        if isWorse { (incident.peak, incident.raised, incident.acknowledged) = (event.severity, now, nil) }
        let concerned = routing.recipients(of: event)
        let audience = isWorse ? concerned : concerned.filter { !incident.audience.contains($0) }
        tell(audience, of: &incident, isWorse ? .worse : .opened, at: now)
        state.incidents[event.key] = incident
    }

    private mutating func open(_ event: Event, at now: Timestamp) {
        var incident = OpenIncident(
            number: state.number(), event: event, peak: event.severity, opened: now, raised: now, seen: now,
            occurrences: 1, told: now)
        tell(routing.recipients(of: event), of: &incident, .opened, at: now)
        state.incidents[event.key] = incident
    }

    /// It is over: everybody who was told of it is told so, at once where it was urgent. False where nothing was wrong.
    @discardableResult
    package mutating func recovered(_ key: String, at now: Timestamp, summary: String? = nil) -> Bool {
        see(now)
        guard let incident = state.incidents.removeValue(forKey: key) else { return false }
        for contact in incident.audience {
            if end(incident.number, in: contact, at: now) { continue }
            var item = item(.over, incident, to: contact)
            item.ended = now
            if let summary { item.event.summary = summary }
            gather(item, for: contact, isUrgent: isUrgent(incident.peak), at: now)
        }
        return true
    }

    /// What waits to be told of it is no longer news. Where the contact knows nothing yet, he is told its end with its beginning.
    private mutating func end(_ number: Int64, in contact: String, at now: Timestamp) -> Bool {
        guard var box = state.mailboxes[contact] else { return false }
        box.gathered.removeAll { $0.item.incident == number && !$0.isFirst }
        let first = box.gathered.firstIndex { $0.item.incident == number }
        if let first { box.gathered[first].item.ended = now }
        state.mailboxes[contact] = box
        return first != nil
    }

    /// It happened once, and nothing lasts.
    package mutating func notice(_ event: Event, at now: Timestamp) {
        see(now)
        var item = Notice.Item(.once, event)
        let concerned = routing.recipients(of: event)
        for contact in concerned {
            item.others = concerned.filter { $0 != contact }
            gather(item, for: contact, isUrgent: isUrgent(event.severity), at: now)
        }
    }

    /// A report goes out at once, and by itself.
    package mutating func report(_ event: Event, at now: Timestamp) {
        see(now)
        let concerned = routing.recipients(ofReport: event)
        for contact in concerned {
            var item = Notice.Item(.once, event)
            item.others = concerned.filter { $0 != contact }
            deliver([item], to: contact, at: now)
        }
    }

    /// Somebody looks after it: no step of escalation follows. Throws `incident-missing`.
    package mutating func acknowledge(_ number: Int64, by name: String, at now: Timestamp) throws {
        see(now)
        guard let key = state.incidents.first(where: { $0.value.number == number })?.key else {
            throw Failure.noIncident(number)
        }
        state.incidents[key]?.acknowledged = OpenIncident.Acknowledgement(by: name, time: now)
    }

    func isUrgent(_ severity: Severity) -> Bool { severity >= routing.plan.digestBelow }

    mutating func tell(
        _ contacts: [String], of incident: inout OpenIncident, _ reason: Notice.Reason, at now: Timestamp
    ) {
        guard !contacts.isEmpty else { return }
        let new = contacts.filter { !incident.audience.contains($0) }
        incident.audience += new
        incident.told = now
        // Steps of escalation are taken because nobody answers: they wait for no digest.
        let isUrgent = isUrgent(incident.event.severity) || reason == .unacknowledged || reason == .forwarded
        for contact in contacts {
            if reason == .lasting, waits(incident.number, for: contact) { continue }
            gather(
                item(reason, incident, to: contact), for: contact, isUrgent: isUrgent,
                isFirst: new.contains(contact), at: now)
        }
    }

    private func item(_ reason: Notice.Reason, _ incident: OpenIncident, to contact: String) -> Notice.Item {
        var item = Notice.Item(reason, incident.event, incident: incident.number, since: incident.opened)
        item.occurrences = incident.occurrences
        item.others = incident.audience.filter { $0 != contact }
        return item
    }

    private func waits(_ number: Int64, for contact: String) -> Bool {
        state.mailboxes[contact]?.gathered.contains { $0.item.incident == number } ?? false
    }

    mutating func gather(
        _ item: Notice.Item, for contact: String, isUrgent: Bool, isFirst: Bool = false, at now: Timestamp
    ) {
        state.mailboxes[contact, default: Mailbox()].gathered.append(
            Mailbox.Gathered(item: item, time: now, isUrgent: isUrgent, isFirst: isFirst))
    }
}

extension Failure {
    package static func noIncident(_ number: Int64) -> Failure {
        Failure(
            .incidentMissing, "There is no open incident \(number).",
            advice: "'safehold status' lists those that are open; what is over needs no acknowledgement.")
    }
}
