import Capture
import Identity
import Primitives
import RepositoryEngine
import Storage
import Strategy
import WriteAheadLog

/// Archives a PostgreSQL server's log as the server writes it, by a replication slot: the server keeps what is not in the repository yet.
package enum ReceiveLog {
    package struct Request: Sendable {
        package var component: String
        package var slot: String
        /// Whether the slot is made where there is none.
        package var makesSlot = false
        /// Whether it ends when all that was whole at its beginning is archived; otherwise it goes on, and tries again what may pass.
        package var isOnce = false
        package var host: String
        package var user: String
        package var software: String

        package init(component: String, slot: String, host: String, user: String, software: String) {
            (self.component, self.slot) = (component, slot)
            (self.host, self.user, self.software) = (host, user, software)
        }
    }

    package struct Summary: Sendable {
        package var madeSlot = false
        package var timeline: UInt32 = 0
        /// Whole ones, those that had been archived before included.
        package var segments: UInt64 = 0
        package var snapshots: UInt64 = 0
        package var bytes: UInt64 = 0
        package var storedBytes: UInt64 = 0
        /// The server keeps its log from here on; nil where nothing was said of that.
        package var position: LogSequenceNumber?
        package var gaps: UInt64 = 0

        package init() {}
    }

    /// What it works with.
    package struct Means: Sendable {
        package var connect: @Sendable () throws(StreamFailure) -> any LogServer
        package var openStore: @Sendable () throws -> any ObjectStore
        package var state: HostState
        package var permit: @Sendable () throws -> Permit<BackupAction>
        package var clock: WallClock
        package var isCancelled: @Sendable () -> Bool
        /// Called from several threads.
        package var news: @Sendable (LogNews) -> Void

        package init(
            _ surroundings: Surroundings, of component: String, location: String, server: PostgresPlan,
            isCancelled: @escaping @Sendable () -> Bool, news: @escaping @Sendable (LogNews) -> Void
        ) {
            connect = { () throws(StreamFailure) in try surroundings.streamPostgres(server) }
            openStore = { try surroundings.openStore(location) }
            let target = Target(component: component, store: location)
            permit = { try surroundings.door.permit(for: BackupAction.self, on: target) }
            (state, clock) = (surroundings.hostState, surroundings.clock)
            (self.isCancelled, self.news) = (isCancelled, news)
        }
    }

    /// Returns at the end of what `isOnce` asks for; without it, only by throwing: `interrupted` when somebody wants it to end,
    /// `wal-slot-missing`, `wal-foreign`, `wal-conflict`, `wal-gap` for a slot that is lost, and whatever else does not pass by itself.
    package static func run(_ request: Request, _ means: Means) throws -> Summary {
        let tally = LogTally(tell: means.news)
        let told = tally.news
        let writer = LogIntake.Writer(host: request.host, user: request.user, software: request.software)
        let observer = QuietObserver(cancelled: means.isCancelled, warn: { told(.remark($0)) })
        let pusher = LogPusher(isPatient: !request.isOnce, isCancelled: means.isCancelled, news: told) {
            arrived, system in
            var intake = try LogIntake(
                component: request.component, store: try means.openStore(), state: means.state)
            let files = try arrived.map { try LogFile($0) }
            for file in files { _ = try intake.cluster(of: file, from: system, "the server") }
            let new = try files.filter { try !intake.isKnown($0) }
            guard !new.isEmpty else { return nil }
            return try intake.store(
                new, system: system, permit: try means.permit(), by: writer, state: means.state, observer: observer,
                clock: means.clock)
        }
        defer { pusher.end() }
        var means = means
        means.news = told
        try LogReceiver(request, means, pusher).run()
        // What was stored last is told of by then.
        pusher.end()
        return tally.summary
    }

    /// Removes the slot: the server keeps no log for it any more.
    package static func dropSlot(
        permit: consuming Permit<BackupAction>, _ request: Request, _ means: Means
    ) throws {
        do {
            try means.connect().dropSlot(request.slot)
        } catch {
            throw LogReceiver.failure(error, request)
        }
    }
}

/// Counts what happened.
private final class LogTally: Sendable {
    private let state = Monitor(ReceiveLog.Summary())
    private let tell: @Sendable (LogNews) -> Void

    init(tell: @escaping @Sendable (LogNews) -> Void) { self.tell = tell }

    var summary: ReceiveLog.Summary { state.withLock { $0 } }

    var news: @Sendable (LogNews) -> Void {
        { [state, tell] news in
            state.withLock { $0.count(news) }
            tell(news)
        }
    }
}

extension ReceiveLog.Summary {
    fileprivate mutating func count(_ news: LogNews) {
        switch news {
        case .receiving(let segment): timeline = segment.timeline
        case .madeSlot: madeSlot = true
        case .gap: gaps += 1
        case .archived(let receipt):
            for case .segment(let name)? in receipt.files.map({ LogFileName($0) }) {
                segments += 1
                timeline = name.timeline
            }
            if let backup = receipt.backup {
                snapshots += 1
                bytes += backup.contentBytes
                storedBytes += backup.storedBytes
            }
            position = receipt.position ?? position
        case .trouble, .goesOn, .remark: break
        }
    }
}

/// Progress of a segment is nobody's business.
private struct QuietObserver: OperationObserver {
    let cancelled: @Sendable () -> Bool
    let warn: @Sendable (String) -> Void
    func progress(_ progress: OperationProgress) {}
    func problem(_ problem: EntryProblem) { warn("\(problem.pathText): \(problem.reason)") }
    func warning(_ message: String) { warn(message) }
    var isCancelled: Bool { cancelled() }
}
