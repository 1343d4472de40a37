import Primitives

@testable import Strategy

/// People with channels that work or do not, a dispatcher, and a clock that goes from one thing that is due to the next.
struct NotifiedWorld {
    struct Arrived: Equatable {
        var time: Timestamp
        var contact: String
        var channel: String
        var identifier: String
        var items: [Notice.Item]
        var reasons: [Notice.Reason] { items.map(\.reason) }
    }

    var dispatcher: Dispatcher
    var now = Self.start
    var arrived: [Arrived] = []
    /// Names of channels that take nothing.
    var broken: Set<String> = []
    private var attempts: [String: Int] = [:]
    /// After each step the state is written down and read again, as after a crash.
    var forgetsBetweenSteps = false
    private var kept: DispatcherState

    static let start = Timestamp(nanoseconds: 1_795_000_000_000_000_000)

    static let contacts = [
        Contact(
            name: "anna", roles: ["backup-administrator"], channels: [.email(address: "anna@example.org")]),
        Contact(
            name: "ben", roles: ["technical-lead"],
            channels: [.email(address: "ben@example.org"), .command(["/bin/pager", "ben"])]),
        Contact(name: "carla", roles: ["security-lead"], channels: [.command(["/bin/pager", "carla"])]),
    ]

    static var plan: NotificationPlan {
        var plan = NotificationPlan()
        plan.routes = [
            .init(from: .warning, to: ["backup-administrator"]),
            .init(from: .info, to: ["carla"], events: ["strategy"]),
        ]
        plan.escalations = [
            .init(from: .error, after: .seconds(3600), to: ["technical-lead"]),
            .init(from: .error, after: .seconds(4 * 3600), to: ["security-lead"]),
        ]
        return plan
    }

    init(plan: NotificationPlan = Self.plan, contacts: [Contact] = Self.contacts) {
        kept = DispatcherState(origin: "o")
        dispatcher = Dispatcher(plan: plan, contacts: contacts, state: kept)
    }

    func event(
        _ name: String = "docs", _ severity: Severity = .error, _ kind: EventKind = .backupFailed
    ) -> Event {
        Event(kind, "backup/\(name)", severity, at: now, "The backup of '\(name)' failed.")
    }

    mutating func happens(_ name: String = "docs", _ severity: Severity = .error, _ kind: EventKind = .backupFailed) {
        dispatcher.happened(event(name, severity, kind), at: now)
    }

    mutating func pass(_ seconds: Int64) throws {
        let end = Timestamp(nanoseconds: now.nanoseconds + seconds * 1_000_000_000)
        try settle()
        while let due = dispatcher.nextDue, due <= end {
            now = max(now, due)
            try settle()
        }
        now = end
    }

    private mutating func settle() throws {
        dispatcher.advance(to: now)
        if forgetsBetweenSteps { try forget() }
        while true {
            let taken = dispatcher.take(at: now)
            if taken.isEmpty { return }
            for attempt in taken { perform(attempt) }
        }
    }

    private mutating func perform(_ attempt: DeliveryAttempt) {
        attempts[attempt.notice.contact, default: 0] += 1
        let channel = attempt.channel.name
        guard !broken.contains(channel) else {
            return dispatcher.finished(attempt, .failed("\(channel) is broken."), at: now)
        }
        arrived.append(
            Arrived(
                time: now, contact: attempt.notice.contact, channel: channel, identifier: attempt.identifier,
                items: attempt.notice.items))
        dispatcher.finished(attempt, .delivered, at: now)
    }

    /// What was written down is all that is left.
    mutating func forget() throws {
        let (put, remove) = dispatcher.state.changes(since: kept)
        var rows = Dictionary(
            uniqueKeysWithValues: kept.records.map { ("\($0.table.rawValue) \($0.key)", $0) })
        for row in remove { rows["\(row.table.rawValue) \(row.key)"] = nil }
        for row in put { rows["\(row.table.rawValue) \(row.key)"] = row }
        let read = try DispatcherState(records: Array(rows.values), origin: "another")
        kept = read
        dispatcher = Dispatcher(
            plan: dispatcher.routing.plan, contacts: dispatcher.routing.contacts, state: read)
        dispatcher.resume(at: now)
    }

    func tried(_ contact: String) -> Int { attempts[contact] ?? 0 }

    func reasons(_ contact: String) -> [[Notice.Reason]] {
        arrived.filter { $0.contact == contact }.map(\.reasons)
    }
}
