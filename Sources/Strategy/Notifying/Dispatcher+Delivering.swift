import Primitives

extension Dispatcher {
    /// The attempts that are to be made now, the worst first. They are in the state already: write it down, then make them, and say by
    /// `finished` how each ended.
    package mutating func take(at now: Timestamp, atMost limit: Int = 16) -> [DeliveryAttempt] {
        see(now)
        dropStrangers(at: now)
        var attempts: [DeliveryAttempt] = []
        let order = state.deliveries.values.sorted {
            ($1.notice.severity, $0.number) < ($0.notice.severity, $1.number)
        }
        for delivery in order {
            for index in delivery.channels.indices where attempts.count < limit {
                let progress = delivery.channels[index]
                guard progress.state == .waiting, progress.begun == nil, progress.next <= now else { continue }
                state.deliveries[delivery.number]?.channels[index].begun = now
                state.deliveries[delivery.number]?.channels[index].attempts += 1
                attempts.append(attempt(delivery, progress))
            }
        }
        return attempts
    }

    private func attempt(_ delivery: Delivery, _ progress: Delivery.Progress) -> DeliveryAttempt {
        let incidents = Set(delivery.notice.items.map(\.incident))
        let incident = incidents.count == 1 ? incidents.first ?? nil : nil
        return DeliveryAttempt(
            delivery: delivery.number, attempt: progress.attempts + 1, channel: progress.channel,
            notice: delivery.notice, identifier: "\(state.origin).\(delivery.number)",
            thread: incident.map { "\(state.origin).incident.\($0)" })
    }

    /// What an attempt came to.
    package mutating func finished(_ attempt: DeliveryAttempt, _ outcome: DeliveryOutcome, at now: Timestamp) {
        see(now)
        guard var delivery = state.deliveries[attempt.delivery],
            let index = delivery.channels.firstIndex(where: { $0.channel == attempt.channel && $0.begun != nil })
        else { return }
        delivery.channels[index].begun = nil
        switch outcome {
        case .delivered: delivery.channels[index].state = .delivered
        case .failed(let reason, let isHopeless, let pause):
            delivery.channels[index].error = reason
            delivery.channels[index].isHopeless = isHopeless
            delivery.channels[index].next = now.later(
                by: retry(delivery.channels[index].attempts, isHopeless, asked: pause))
        }
        note(delivery, delivery.channels[index], at: now)
        state.deliveries[delivery.number] = delivery
        settle(delivery.number, at: now)
    }

    private func retry(_ attempts: Int, _ isHopeless: Bool, asked: Duration?) -> Duration {
        if isHopeless { return patience.lastRetry }
        let doubled = patience.firstRetry * (1 << min(attempts - 1, 20))
        // Whoever asks for days would have us silent for days.
        return min(max(doubled, asked ?? .zero), patience.lastRetry)
    }

    private mutating func note(_ delivery: Delivery, _ progress: Delivery.Progress, at now: Timestamp) {
        // A failure is in the book once for each message, not for each attempt.
        guard progress.state == .delivered || progress.attempts == 1 else { return }
        told.append(
            ToldRecord(
                time: now, contact: delivery.contact, channel: progress.channel.name,
                severity: delivery.notice.severity, kinds: delivery.notice.items.map(\.event.kind.name),
                incidents: delivery.notice.items.compactMap(\.incident), attempts: progress.attempts,
                error: progress.state == .delivered ? nil : progress.error))
    }

    /// What follows from how a delivery stands.
    private mutating func settle(_ number: Int64, at now: Timestamp) {
        guard var delivery = state.deliveries[number] else { return }
        if delivery.isReached {
            recovered(Self.key(of: delivery.contact), at: now, summary: "\(delivery.contact) can be reached again.")
            for index in delivery.channels.indices where isGivenUp(delivery, index, at: now) {
                delivery.channels[index].state = .givenUp
            }
        } else if !delivery.isForwarded, delivery.isUnreachable(after: patience.attemptsUntilUnreachable) {
            delivery.isForwarded = true
            forward(delivery, at: now)
        }
        state.deliveries[number] = delivery.isFinished ? nil : delivery
    }

    private func isGivenUp(_ delivery: Delivery, _ index: Int, at now: Timestamp) -> Bool {
        let progress = delivery.channels[index]
        return progress.state == .waiting && progress.error != nil && progress.begun == nil
            && delivery.notice.made.later(by: patience.secondChannel) <= now
    }

    static func key(of contact: String) -> String { "contact/\(contact)" }

    /// Others are told that a contact cannot be reached, and what he was to be told.
    private mutating func forward(_ delivery: Delivery, at now: Timestamp) {
        let severity = max(.error, delivery.notice.severity)
        let unreachable = Set(
            state.incidents.values.filter { $0.event.kind == .contactUnreachable }.map {
                String($0.event.key.dropFirst("contact/".count))
            })
        let next = routing.next(after: delivery.contact, severity: severity, without: unreachable)
        let errors = delivery.channels.map { "\($0.channel.name): \($0.error ?? "no answer")" }
        let event = Event(
            .contactUnreachable, Self.key(of: delivery.contact), severity, at: now,
            "\(delivery.contact) could not be reached on any channel.",
            advice:
                "Tell \(delivery.contact) another way, and run 'safehold notify test --contact \(delivery.contact)'.",
            detail: errors.joined(separator: "\n"))
        var incident =
            state.incidents[event.key]
            ?? OpenIncident(
                number: state.number(), event: event, peak: severity, opened: now, raised: now, seen: now,
                occurrences: 0, told: now)
        incident.occurrences += 1
        incident.event = event
        tell(next.filter { !incident.audience.contains($0) }, of: &incident, .opened, at: now)
        state.incidents[event.key] = incident
        for item in delivery.notice.items { pass(item, from: delivery.contact, to: next, at: now) }
    }

    private mutating func pass(_ item: Notice.Item, from contact: String, to contacts: [String], at now: Timestamp) {
        let key = item.event.key
        guard var incident = state.incidents[key], incident.number == item.incident else {
            var passed = item
            passed.reason = .forwarded
            // Its end waits for the same contact.
            if item.incident != nil, item.ended == nil { passed.ended = end(of: item.incident, for: contact) ?? now }
            for contact in contacts { gather(passed, for: contact, isUrgent: true, at: now) }
            return
        }
        tell(contacts.filter { !incident.audience.contains($0) }, of: &incident, .forwarded, at: now)
        state.incidents[key] = incident
    }

    private func end(of incident: Int64?, for contact: String) -> Timestamp? {
        state.mailboxes[contact]?.gathered.first { $0.item.incident == incident && $0.item.ended != nil }?.item.ended
    }

    /// After a crash: attempts whose end nobody knows are made again.
    package mutating func resume(at now: Timestamp) {
        see(now)
        for number in state.deliveries.keys {
            guard var delivery = state.deliveries[number] else { continue }
            for index in delivery.channels.indices where delivery.channels[index].begun != nil {
                delivery.channels[index].begun = nil
                delivery.channels[index].next = now
            }
            state.deliveries[number] = delivery
        }
    }

    /// Channels that are no longer in the strategy are given up; a contact who has others now gets it there.
    private mutating func dropStrangers(at now: Timestamp) {
        for number in state.deliveries.keys.sorted() {
            guard var delivery = state.deliveries[number] else { continue }
            let known = routing.contacts.first { $0.name == delivery.contact }?.channels ?? []
            delivery.channels.removeAll { $0.state == .waiting && $0.begun == nil && !known.contains($0.channel) }
            if !delivery.isReached {
                let present = delivery.channels.map(\.channel)
                delivery.channels += known.filter { !present.contains($0) }.map { Delivery.Progress($0, next: now) }
            }
            if delivery.channels.isEmpty { told.append(lost(delivery.notice.items, of: delivery.contact, at: now)) }
            state.deliveries[number] = delivery.isFinished ? nil : delivery
        }
    }
}
