import Audit
import CLinux
import Operations
import Primitives
import Strategy
import WriteAheadLog

/// How far a log is archived, and since when.
struct LogProgress: Sendable, Equatable {
    var position: LogSequenceNumber
    var time: Timestamp
}

/// Keeps one log being received: begins again what came to an end, later each time.
final class LogKeeper: Sendable {
    /// What is over sooner is nobody's business: a server that restarts.
    private static let grace = Duration.seconds(60)
    private static let longestPause = 60

    private struct State {
        var isEnding = false
        /// What is tried again by itself, and how many such there are: the server and the repository may both be away.
        var passing: Failure?
        var passingCount = 0
        /// What ended it.
        var fatal: Failure?
        var troubledSince: Timestamp?
        var last: String?
        var progress: LogProgress?
        /// Whether the server sent anything since it was begun.
        var isReceiving = false
        var untold: [News] = []

        var trouble: Failure? { fatal ?? passing }
    }

    let log: ReceivedLog
    private let given: DaemonSurroundings
    private let state = Monitor(State())
    private let thread = WorkerThreads()

    init(_ log: ReceivedLog, _ given: DaemonSurroundings) {
        (self.log, self.given) = (log, given)
        thread.start(stackSize: 8 << 20) { [self] in keep() }
    }

    func askToEnd() { state.update { $0.isEnding = true } }

    /// What is under way comes to a point from which the next one goes on.
    func end() {
        askToEnd()
        thread.joinAll()
    }

    private var isEnding: Bool { state.withLock { $0.isEnding } || given.surroundings.terminal.isInterrupted() }

    private func keep() {
        let request = ReceiveLog.Request(
            component: log.component, slot: log.slot, host: given.surroundings.host, user: given.surroundings.user,
            software: given.software)
        var pause = 0
        while !isEnding {
            do { try receive(request) } catch {
                guard !isEnding else { return }
                note(error.asFailure)
            }
            pause = wasReceiving ? 1 : min(Self.longestPause, max(1, pause * 2))
            for _ in 0..<pause * 10 where !isEnding { _ = state.wait(milliseconds: 100) { $0.isEnding } }
            sh_release_memory()
        }
    }

    /// It is begun again and again where the server is away; one pair of entries stands for an hour of that.
    private func receive(_ request: ReceiveLog.Request) throws {
        var act = Act(
            "wal-receive", .add,
            on: [ActObject(.repository, log.location), ActObject(.component, log.component)])
        (act.isByHost, act.isStanding) = (true, true)
        let recorded = RecordedAct(act, given.surroundings)
        var inside = recorded.watching(given.surroundings)
        inside.door = recorded
        let means = ReceiveLog.Means(
            inside, of: log.component, location: log.location, server: log.server, isCancelled: { [self] in isEnding },
            news: { [self] in take($0) })
        try recorded.begin()
        do {
            _ = try ReceiveLog.run(request, means)
        } catch {
            // That somebody ends it is its proper end.
            try recorded.end(isEnding ? ActEnding(.ok) : ActEnding(error.asFailure))
            throw error
        }
        try recorded.end(ActEnding(.ok))
    }

    private var wasReceiving: Bool {
        state.withLock { state in
            defer { state.isReceiving = false }
            return state.isReceiving
        }
    }

    // MARK: What is told

    private func take(_ news: LogNews) {
        let now = given.surroundings.clock.now()
        state.withLock { state in
            switch news {
            case .receiving:
                if state.fatal != nil { given.say(.note("The log of '\(log.component)' is received again.")) }
                (state.fatal, state.isReceiving) = (nil, true)
            case .archived(let receipt):
                state.last = receipt.files.last
                if let position = receipt.position { state.progress = LogProgress(position: position, time: now) }
            case .trouble(let failure):
                (state.passing, state.passingCount) = (failure, state.passingCount + 1)
                given.say(.trouble(failure))
            case .goesOn:
                state.passingCount = max(0, state.passingCount - 1)
                if state.passingCount == 0 { state.passing = nil }
                given.say(.note("The log of '\(log.component)' is received again."))
            case .gap(let failure):
                state.untold.append(.once(ServiceNews.gap(log.component, failure, at: now)))
                given.say(.trouble(failure))
            case .remark(let text):
                state.untold.append(.once(ServiceNews.slot(log.component, text, at: now)))
                given.say(.note(text))
            case .madeSlot: break
            }
            state.troubledSince = state.trouble == nil ? nil : state.troubledSince ?? now
        }
    }

    /// It came to an end, and is begun again.
    private func note(_ failure: Failure) {
        let now = given.surroundings.clock.now()
        let isNew = state.withLock { state in
            defer { (state.fatal, state.passing, state.passingCount) = (failure, nil, 0) }
            state.troubledSince = state.troubledSince ?? now
            return state.fatal != failure
        }
        if isNew { given.say(.trouble(failure)) }
    }

    func news(at now: Timestamp) -> [News] {
        let key = "log/\(log.component)"
        return state.withLock { state in
            defer { state.untold = [] }
            guard let since = state.troubledSince, let failure = state.trouble else {
                return state.untold + [.right(key)]
            }
            guard state.fatal != nil || now > since.later(by: Self.grace) else { return state.untold }
            return state.untold + [.wrong(ServiceNews.log(log.component, failure, at: now))]
        }
    }

    /// What happened to the server says by itself which log it is; what happened to the repository does not.
    static func sentence(_ component: String, _ failure: Failure) -> String {
        failure.message.hasPrefix("The log of ")
            ? failure.message : "The log of '\(component)' is not archived. \(failure.message)"
    }

    /// Since the daemon was started.
    var progress: LogProgress? { state.withLock { $0.progress } }

    /// How it stands.
    var sentence: String {
        let (trouble, last) = state.withLock { ($0.trouble, $0.last) }
        if let trouble { return Self.sentence(log.component, trouble) }
        let archived = last.map { ", and archived up to \($0)" } ?? ""
        return "The log of '\(log.component)' is received by the slot '\(log.slot)'\(archived)."
    }
}
