import Primitives

/// Hands out elements to threads until there are none left or one of them fails.
struct ParallelPass<Element: Sendable> {
    private struct State {
        var rest: ArraySlice<Element>
        var error: (any Error)?
    }

    private let state: Monitor<State>
    private let threads: Int

    /// With one thread, the caller does it all.
    init(_ elements: [Element], threads: Int) {
        state = Monitor(State(rest: elements[...]))
        self.threads = threads
    }

    func run(_ body: @escaping @Sendable (() -> Element?) throws -> Void) throws {
        let next: @Sendable () -> Element? = { [state] in state.withLock { $0.error == nil ? $0.rest.popFirst() : nil }
        }
        guard threads > 1 else { return try body(next) }
        let crew = WorkerThreads()
        for _ in 0..<threads {
            crew.start { [state] in
                do { try body(next) } catch { state.withLock { if $0.error == nil { $0.error = error } } }
            }
        }
        crew.joinAll()
        if let error = state.withLock({ $0.error }) { throw error }
    }
}
