import Primitives

/// When the steps of a test were, and what was heard of it. Passes on what it hears.
final class TestClock: OperationObserver {
    private struct State {
        var firstByte: Timestamp?
        var problems: [String] = []
    }

    private let clock: WallClock
    private let beside: any OperationObserver
    private let state = Monitor(State())

    init(_ clock: WallClock, beside observer: any OperationObserver) { (self.clock, beside) = (clock, observer) }

    var firstByte: Timestamp? { state.withLock(\.firstByte) }
    /// A hundred at most.
    var problems: [String] { state.withLock(\.problems) }

    func progress(_ progress: OperationProgress) {
        if progress.bytes > 0 {
            state.withLock { if $0.firstByte == nil { $0.firstByte = clock.now() } }
        }
        beside.progress(progress)
    }

    func problem(_ problem: EntryProblem) {
        note("\(problem.pathText): \(problem.reason)")
        beside.problem(problem)
    }

    func warning(_ message: String) {
        note(message)
        beside.warning(message)
    }

    func note(_ text: String) { state.withLock { if $0.problems.count < 100 { $0.problems.append(text) } } }

    var isCancelled: Bool { beside.isCancelled }
}
