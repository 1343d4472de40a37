/// The same for many things at once, on threads that may block.
package enum Concurrently {
    /// Calls `body` with each of `items`, in no particular order. After the first error no more are begun, and it is thrown.
    package static func forEach<Item: Sendable>(
        _ items: [Item], threads count: Int, _ body: @escaping @Sendable (Item) throws -> Void
    ) throws {
        guard count > 1, items.count > 1 else { return try items.forEach(body) }
        let state = Monitor<(next: Int, error: (any Error)?)>((0, nil))
        let threads = WorkerThreads()
        for _ in 0..<min(count, items.count) {
            threads.start {
                while let index = next(state, of: items.count) {
                    do { try body(items[index]) } catch { state.withLock { $0.error = $0.error ?? error } }
                }
            }
        }
        threads.joinAll()
        if let error = state.withLock({ $0.error }) { throw error }
    }

    /// Calls `aside` on a thread of its own while `body` runs on this one; returns when both have ended. Of two errors that of `body` is thrown.
    package static func both<Aside: Sendable, Body>(
        _ aside: @Sendable () throws -> Aside, _ body: () throws -> Body
    ) throws -> (Aside, Body) {
        let made = Monitor<Result<Aside, any Error>?>(nil)
        let body = try withoutActuallyEscaping(aside) { aside in
            let thread = WorkerThreads()
            defer { thread.joinAll() }
            thread.start {
                let result = Result { try aside() }
                made.withLock { $0 = result }
            }
            return try body()
        }
        guard let aside = made.withLock({ $0 }) else { preconditionFailure("the thread has ended") }
        return (try aside.get(), body)
    }

    private static func next(_ state: Monitor<(next: Int, error: (any Error)?)>, of count: Int) -> Int? {
        state.withLock { state in
            guard state.error == nil, state.next < count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}
