import Catalog
import Notification
import Operations
import Primitives
import Strategy

/// Keeps what notifying remembers in the catalog, and sends what is due on a thread of its own. One thread calls it: the daemon's.
final class NotificationDesk {
    private let catalog: CatalogDatabase
    private let clock: WallClock
    private let host: String
    private let lane = Lane()
    private let finished = Monitor<[(DeliveryAttempt, DeliveryOutcome)]>([])
    private var dispatcher: Dispatcher
    private var messenger: Messenger
    /// As it stands in the catalog.
    private var kept: DispatcherState

    /// After a crash, what was being sent is sent again.
    init(_ strategy: BackupStrategy, catalog: CatalogDatabase, host: String, clock: WallClock) throws {
        (self.catalog, self.host, self.clock) = (catalog, host, clock)
        let origin = String(UInt64.random(in: 0 ... .max), radix: 36)
        let records = try catalog.dispatcherRecords()
        do {
            kept = try DispatcherState(records: records, origin: origin)
        } catch {
            throw Failure(
                .catalogDamaged, "What the catalog \(catalog.path) remembers of notifications \(error.problem).",
                advice: "Run 'safehold catalog rebuild' after putting the file aside.")
        }
        dispatcher = Dispatcher(plan: strategy.notifications, contacts: strategy.contacts, state: kept)
        messenger = Self.messenger(strategy, host, clock)
        dispatcher.resume(at: clock.now())
        try keep()
    }

    private static func messenger(_ strategy: BackupStrategy, _ host: String, _ clock: WallClock) -> Messenger {
        Messenger(
            strategy.notifications, sender: MessageSender(project: strategy.project, host: host), clock: clock)
    }

    /// Another strategy is in force: other contacts, other routes.
    func follow(_ strategy: BackupStrategy) {
        dispatcher = Dispatcher(
            plan: strategy.notifications, contacts: strategy.contacts, state: dispatcher.state)
        messenger = Self.messenger(strategy, host, clock)
    }

    func take(_ news: [News]) {
        let now = clock.now()
        for piece in news {
            switch piece {
            case .wrong(let event): dispatcher.happened(event, at: now)
            case .right(let key): dispatcher.recovered(key, at: now)
            case .once(let event): dispatcher.notice(event, at: now)
            case .report(let event): dispatcher.report(event, at: now)
            }
        }
    }

    /// Throws `incident-missing`.
    func acknowledge(_ number: Int64, by user: String) throws {
        try dispatcher.acknowledge(number, by: user, at: clock.now())
    }

    /// Sends what is due. What is to be sent stands in the catalog before it is sent.
    func advance() throws {
        let now = clock.now()
        for (attempt, outcome) in finished.withLock({ list in
            defer { list = [] }; return list
        }) { dispatcher.finished(attempt, outcome, at: now) }
        dispatcher.advance(to: now)
        let attempts = dispatcher.take(at: now)
        try keep()
        guard !attempts.isEmpty else { return }
        lane.begin { [messenger, finished] in
            let outcomes = messenger.perform(attempts)
            finished.withLock { $0 += zip(attempts, outcomes) }
        }
    }

    private func keep() throws {
        let changes = dispatcher.state.changes(since: kept)
        let told = dispatcher.takeToldRecords().map { record in
            ToldRow(
                time: record.time, contact: record.contact, channel: record.channel,
                severity: record.severity.rawValue, kinds: record.kinds.joined(separator: ", "), error: record.error)
        }
        try catalog.keep(
            changes.put.map(\.row), removing: changes.remove.map(\.row), told: told)
        kept = dispatcher.state
    }

    var nextDue: Timestamp? { dispatcher.nextDue }
    var openIncidents: [OpenIncident] { dispatcher.openIncidents }
    var pending: (all: Int, failing: Int) { dispatcher.pending }

    /// What is under way is sent first.
    func end() throws {
        lane.end()
        try advance()
    }
}

/// What the daemon has to say.
enum News: Sendable, Equatable {
    /// Lasts until it is right again.
    case wrong(Event)
    case right(String)
    case once(Event)
    case report(Event)
}

extension DispatcherRecord {
    fileprivate var row: NotifyingRow { NotifyingRow(table: table.rawValue, key: key, bytes: bytes) }
}
