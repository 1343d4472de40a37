import Primitives
import RepositoryEngine
import Storage
import WriteAheadLog

/// Brings what was received into the repository, on a thread of its own: the server must hear from us while that takes its time.
final class LogPusher: Sendable {
    struct Arrival: Sendable {
        var file: ReceivedFile
        /// Where a whole segment ends; nil for other files.
        var end: LogSequenceNumber?
    }

    private struct State {
        /// The oldest first; what is being stored is still among them.
        var waiting: [Arrival] = []
        var durable: LogSequenceNumber?
        var system: UInt64?
        var failure: Failure?
        var isEnding = false
    }

    private let state = Monitor(State())
    private let thread = WorkerThreads()
    private let isPatient: Bool
    private let isCancelled: @Sendable () -> Bool
    private let news: @Sendable (LogNews) -> Void
    private let store: @Sendable ([ReceivedFile], UInt64?) throws -> BackupSummary?

    /// `store` returns when all is durable, nil where all had been archived before. `isPatient`: whether what may pass is tried again.
    init(
        isPatient: Bool, isCancelled: @escaping @Sendable () -> Bool, news: @escaping @Sendable (LogNews) -> Void,
        store: @escaping @Sendable ([ReceivedFile], UInt64?) throws -> BackupSummary?
    ) {
        (self.isPatient, self.isCancelled, self.news, self.store) = (isPatient, isCancelled, news, store)
        // As deep as a backup goes.
        thread.start(stackSize: 8 << 20) { [self] in work() }
    }

    func add(_ arrival: Arrival, of system: UInt64) {
        state.update {
            $0.waiting.append(arrival)
            $0.system = system
        }
    }

    /// What keeps it from going on for good.
    func check() throws {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// Whether nothing more is to be received for now: 16 segments wait, or fewer that are large.
    func isFull(_ size: SegmentSize) -> Bool {
        let most = max(2, min(16, PushLog.mostBytes / size.bytes))
        return state.withLock { UInt64($0.waiting.count) >= most }
    }

    var isIdle: Bool { state.withLock { $0.waiting.isEmpty } }
    /// The end of the last segment of which all before is in the repository; nil before the first.
    var durable: LogSequenceNumber? { state.withLock { $0.durable } }
    /// Whole segments that need not come again though this host's memory need not have them yet.
    var segments: Set<SegmentName> {
        state.withLock { state in
            Set(
                state.waiting.compactMap {
                    guard case .segment(let name) = $0.file.name else { return nil }
                    return name
                })
        }
    }

    /// Waits until something waits no more.
    func waitForRoom(milliseconds: Int) {
        let count = state.withLock { $0.waiting.count }
        _ = state.wait(milliseconds: milliseconds) { $0.waiting.count < count || $0.failure != nil }
    }

    /// What waits is let go; what is being stored comes to its end, or to a point from which the next run goes on.
    func end() {
        state.update { $0.isEnding = true }
        thread.joinAll()
    }

    // MARK: Its thread

    private func work() {
        var pause = BackOff()
        while let batch = next() {
            do {
                let backup = try store(batch.files.map(\.file), batch.system)
                let end = batch.files.lazy.compactMap(\.end).max()
                state.update {
                    $0.waiting.removeFirst(batch.files.count)
                    $0.durable = [$0.durable, end].compactMap { $0 }.max()
                }
                if pause.hasBegun { news(.goesOn) }
                pause = BackOff()
                guard backup != nil || end != nil else { continue }
                let names = batch.files.map(\.file.name.description)
                news(.archived(LogReceipt(files: names, backup: backup, position: end)))
            } catch {
                guard let failure = notable(error) else { return }
                guard isPatient, failure.mayPass else { return state.update { $0.failure = failure } }
                if !pause.hasBegun { news(.trouble(failure)) }
                let wait = pause.next()
                _ = state.wait(milliseconds: wait) { $0.isEnding }
            }
        }
    }

    /// Nil for the end that was asked for.
    private func notable(_ error: any Error) -> Failure? {
        let failure = error.asFailure
        return isCancelled() || failure.code == .interrupted ? nil : failure
    }

    /// What waits, the oldest first; nil at the end. A file that came again, as a history does with each connection, waits until the first one
    /// is archived: then it is told whether it is the same.
    private func next() -> (files: [Arrival], system: UInt64?)? {
        state.wait { state -> (files: [Arrival], system: UInt64?)?? in
            if state.isEnding { return .some(nil) }
            var names: Set<String> = []
            let batch = state.waiting.prefix { names.insert($0.file.name.description).inserted }
            return batch.isEmpty ? nil : .some((Array(batch), state.system))
        }
    }
}

/// How long to wait before something is tried again: longer each time, a minute at most.
struct BackOff {
    private var seconds = 0

    var hasBegun: Bool { seconds > 0 }

    /// In milliseconds.
    mutating func next() -> Int {
        seconds = min(60, max(1, seconds * 2))
        return seconds * 1000
    }
}

extension Failure {
    /// Whether it may go away without anybody changing what was asked for.
    var mayPass: Bool {
        switch code {
        case .databaseUnreachable, .repositoryMissing, .storageMissing: true
        case .streamFailed: false
        default: code.class == .transient
        }
    }
}
