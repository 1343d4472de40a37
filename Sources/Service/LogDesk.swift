import Operations
import Primitives
import Strategy

/// Receives the logs of servers all the time, each on a thread of its own, and knows how it stands with them.
final class LogDesk {
    private let given: DaemonSurroundings
    private var receivers: [String: LogKeeper] = [:]
    /// Of logs that nobody wants any more.
    private var untold: [News] = []

    init(_ strategy: BackupStrategy, _ given: DaemonSurroundings) {
        self.given = given
        follow(strategy)
    }

    /// Another strategy is in force. What did not change is not disturbed.
    func follow(_ strategy: BackupStrategy) {
        let wanted = Dictionary(
            strategy.receivedLogs.map { ($0.component, $0) }, uniquingKeysWith: { first, _ in first })
        for (component, receiver) in receivers where wanted[component] != receiver.log {
            receiver.end()
            receivers[component] = nil
            if wanted[component] == nil { untold.append(.right("log/\(component)")) }
        }
        for (component, log) in wanted where receivers[component] == nil {
            receivers[component] = LogKeeper(log, given)
        }
    }

    /// What happened since it was asked last, and what is wrong.
    func news(at now: Timestamp) -> [News] {
        defer { untold = [] }
        return untold + receivers.values.flatMap { $0.news(at: now) }
    }

    /// A sentence for each.
    var sentences: [String] { receivers.sorted { $0.key < $1.key }.map(\.value.sentence) }

    /// What was archived by each since the daemon was started.
    var progress: [String: LogProgress] { receivers.compactMapValues(\.progress) }

    func end() {
        for receiver in receivers.values { receiver.askToEnd() }
        for receiver in receivers.values { receiver.end() }
    }
}

/// A log that a strategy wants to be received.
struct ReceivedLog: Sendable, Equatable {
    var component: String
    var slot: String
    var server: PostgresPlan
    /// Of the repository.
    var location: String
}

extension BackupStrategy {
    fileprivate var receivedLogs: [ReceivedLog] {
        components.compactMap { component in
            guard let backup = component.baseBackup, let slot = backup.slot, let store = store(component.store) else {
                return nil
            }
            return ReceivedLog(
                component: component.name, slot: slot, server: backup.server, location: store.location)
        }
    }
}
