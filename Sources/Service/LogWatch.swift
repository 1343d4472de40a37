import Capture
import Catalog
import Identity
import Metrics
import Operations
import Primitives
import Strategy
import WriteAheadLog

/// Asks servers now and then how it stands with their logs, beside everything else, for who watches the numbers.
final class LogWatch {
    private static let interval = Duration.seconds(30)

    private struct Answer {
        var request: AskLogServer.Request
        var standing: LogServerStanding
    }

    private struct State {
        var isAsking = false
        var isEnding = false
        /// Of the servers that answered when they were asked last, by components.
        var answers: [String: Answer] = [:]
    }

    private let given: DaemonSurroundings
    private let state = Monitor(State())
    private let lane = Lane()
    private var asked: ContinuousClock.Instant?
    /// What was archived of logs that are received, by components, as it stands in the catalog; nil before that was read.
    private var noted: [String: LogProgress]?

    init(_ given: DaemonSurroundings) { self.given = given }

    /// What is known, by components. `progress`: what was received since the daemon was started.
    func look(
        _ strategy: BackupStrategy, _ progress: [String: LogProgress], _ catalog: CatalogDatabase
    ) throws -> [String: MetricsSnapshot.Log] {
        let requests = strategy.archivedLogs
        let instant = ContinuousClock.now
        if asked.map({ $0.duration(to: instant) > Self.interval }) ?? true, !state.withLock({ $0.isAsking }) {
            asked = instant
            ask(requests)
        }
        let received = try remember(progress, catalog)
        let answers = state.withLock { $0.answers }
        var logs: [String: MetricsSnapshot.Log] = [:]
        for request in requests {
            // Of another strategy's server nothing is to be told.
            let answer = answers[request.component].flatMap { $0.request == request ? $0.standing : nil }
            logs[request.component] = Self.log(request, answer, received[request.component])
        }
        return logs
    }

    func end() {
        state.update { $0.isEnding = true }
        lane.end()
    }

    private func ask(_ requests: [AskLogServer.Request]) {
        guard !requests.isEmpty else { return }
        state.update { $0.isAsking = true }
        lane.begin { [given, state] in
            for request in requests where !state.withLock({ $0.isEnding }) {
                // One that cannot be asked is told of by whatever needs it: a base backup, a receiver.
                let standing = try? AskLogServer.run(
                    permit: given.surroundings.door.permit(for: InspectAction.self), request: request,
                    surroundings: given.surroundings)
                state.update {
                    $0.answers[request.component] = standing.map { Answer(request: request, standing: $0) }
                }
            }
            state.update { $0.isAsking = false }
        }
    }

    /// What was received before the daemon was started counts as well.
    private func remember(
        _ progress: [String: LogProgress], _ catalog: CatalogDatabase
    ) throws -> [String: LogProgress] {
        let prefix = "wal.archived/"
        var all =
            try noted
            ?? {
                var found: [String: LogProgress] = [:]
                for (name, note) in try catalog.notes() where name.hasPrefix(prefix) {
                    guard let position = LogSequenceNumber(note.value) else { continue }
                    found[String(name.dropFirst(prefix.count))] = LogProgress(position: position, time: note.time)
                }
                return found
            }()
        for (component, new) in progress where all[component] != new {
            try catalog.note(prefix + component, new.position.description, at: new.time)
            all[component] = new
        }
        noted = all
        return all
    }

    private static func log(
        _ request: AskLogServer.Request, _ standing: LogServerStanding?, _ received: LogProgress?
    ) -> MetricsSnapshot.Log {
        var log = MetricsSnapshot.Log()
        guard request.slot == nil else {
            let slot = standing?.slots.first?.facts
            log.archived = received?.time
            log.position = received?.position.value ?? slot?.restart?.value
            log.slotLag = slot?.lag
            return log
        }
        guard let standing, let archived = standing.archiver.archived else { return log }
        log.archived = archived.time
        switch LogFileName(archived.file) {
        // What a base backup leaves behind is handed over when its segment was.
        case .segment(let name)?, .backup(let name, _)?:
            log.position = name.next(standing.segmentSize)?.start(standing.segmentSize)?.value
        case .partial(let name)?: log.position = name.start(standing.segmentSize)?.value
        case .history?, nil: break
        }
        return log
    }
}

extension BackupStrategy {
    /// Logs that are received or handed over.
    fileprivate var archivedLogs: [AskLogServer.Request] {
        components.compactMap { component in
            guard let backup = component.baseBackup, backup.slot != nil || backup.log == .archive else { return nil }
            return AskLogServer.Request(component: component.name, server: backup.server, slot: backup.slot)
        }
    }
}
