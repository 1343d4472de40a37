import CLinux
import Glibc

/// A mutex and a condition for threads that block, which tasks of the cooperative pool must never do.
package final class Monitor<State>: @unchecked Sendable {
    // SAFETY: `state` is touched only while `mutex` is held; both pthread objects live as long as this one, at fixed addresses.
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(_ state: sending State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        // By the clock that nobody sets: setting the other one back would make a short wait one of hours.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        condition.deallocate()
    }

    package func withLock<R>(_ body: (inout State) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes every thread that waits.
    package func update<R>(_ body: (inout State) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Changes the state and wakes every thread that waits, if `body` says that it matters to one of them.
    package func updateIfNeeded(_ body: (inout State) -> Bool) {
        pthread_mutex_lock(mutex)
        if body(&state) { pthread_cond_broadcast(condition) }
        pthread_mutex_unlock(mutex)
    }

    /// Waits until `body` gives true, or until the time is up; returns what it gave last.
    package func wait(milliseconds: Int, _ body: (inout State) -> Bool) -> Bool {
        var deadline = timespec()
        // Its ticks, a few milliseconds apart, are fine enough.
        clock_gettime(CLOCK_MONOTONIC_COARSE, &deadline)
        deadline.tv_nsec += milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + deadline.tv_nsec / 1_000_000_000
        deadline.tv_nsec %= 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !body(&state) {
            if pthread_cond_timedwait(condition, mutex, &deadline) != 0 { return body(&state) }
        }
        return true
    }

    /// Waits until `body` gives a value.
    package func wait<R>(_ body: (inout State) throws -> R?) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = try body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Waits until `body` gives a value, then wakes every thread that waits.
    package func waitAndUpdate<R>(_ body: (inout State) throws -> R?) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        while true {
            if let result = try body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }
}

/// Threads of the operating system that run one body each and are joined before `run` returns.
package final class WorkerThreads: Sendable {
    private final class Start: @unchecked Sendable {
        // SAFETY: written once before the thread starts, read once by that thread.
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let threads: Monitor<[pthread_t]> = Monitor([])

    package init() {}

    /// Starts a thread with `stackSize` bytes of stack. It must be joined by `joinAll`.
    package func start(stackSize: Int = 512 << 10, _ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackSize)
        let start = Unmanaged.passRetained(Start(body))
        let status = pthread_create(&thread, &attributes, Self.entry, start.toOpaque())
        pthread_attr_destroy(&attributes)
        precondition(status == 0, "the operating system refused a thread")
        threads.withLock { $0.append(thread) }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { raw in
        guard let raw else { return nil }
        let start = Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
        start.body()
        return nil
    }

    package func joinAll() {
        for thread in threads.withLock({ list in
            defer { list = [] }; return list
        }) { pthread_join(thread, nil) }
    }

    /// Processors this process may run on.
    package static var processorCount: Int { max(1, Int(sh_processor_count())) }
}

/// A first-in, first-out queue of bounded length between threads.
package final class BoundedQueue<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element?] = []
        var head = 0
        var count = 0
        var closed = false
    }

    private let monitor: Monitor<State>
    private let capacity: Int

    package init(capacity: Int) {
        precondition(capacity > 0, "a queue without a place would never take anything")
        self.capacity = capacity
        var state = State()
        state.elements = Array(repeating: nil, count: capacity)
        monitor = Monitor(state)
    }

    /// False when the queue was closed, and the element was not taken.
    @discardableResult
    package func push(_ element: Element) -> Bool {
        monitor.waitAndUpdate { state -> Bool? in
            if state.closed { return false }
            if state.count == capacity { return nil }
            state.elements[(state.head + state.count) % capacity] = element
            state.count += 1
            return true
        }
    }

    /// Nil when the queue is closed and empty.
    package func pop() -> Element? {
        monitor.waitAndUpdate { state -> Element?? in
            if state.count == 0 { return state.closed ? .some(nil) : nil }
            let element = state.elements[state.head]
            state.elements[state.head] = nil
            state.head = (state.head + 1) % capacity
            state.count -= 1
            return .some(element)
        }
    }

    /// Whether `push` would wait just now.
    package var isFull: Bool { monitor.withLock { $0.count == capacity } }

    /// No more elements come; what is inside is still handed out.
    package func close() { monitor.update { $0.closed = true } }
}
