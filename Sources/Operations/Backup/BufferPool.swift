import Primitives

/// A buffer that chunks on their way share; it goes back to the pool when the last of them is done.
final class SharedBuffer: @unchecked Sendable {
    // SAFETY: the bytes are written by the one thread that took the buffer, before any chunk of it is handed on, and only read afterwards.
    let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) { bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096) }
    deinit { bytes.deallocate() }
}

/// A fixed number of buffers: who finds none waits, and so reading never runs ahead of storing.
final class BufferPool: Sendable {
    private struct State {
        var free: [SharedBuffer] = []
        var made = 0
        var limit: Int
        var users: [ObjectIdentifier: Int] = [:]
        var closed = false
    }

    private let state: Monitor<State>
    private let capacity: Int

    init(count: Int, capacity: Int) {
        state = Monitor(State(limit: count))
        self.capacity = capacity
    }

    /// Those that were made stay.
    func keep(within count: Int) { state.withLock { $0.limit = min($0.limit, count) } }

    /// A buffer with one user. Nil when the pool was closed.
    func take() -> SharedBuffer? {
        state.wait { state -> SharedBuffer?? in
            if state.closed { return .some(nil) }
            if let buffer = state.free.popLast() {
                state.users[ObjectIdentifier(buffer)] = 1
                return buffer
            }
            guard state.made < state.limit else { return nil }
            state.made += 1
            let buffer = SharedBuffer(capacity: capacity)
            state.users[ObjectIdentifier(buffer)] = 1
            return buffer
        }
    }

    func retain(_ buffer: SharedBuffer) { state.withLock { $0.users[ObjectIdentifier(buffer), default: 0] += 1 } }

    func release(_ buffer: SharedBuffer) {
        state.updateIfNeeded { state in
            let left = (state.users[ObjectIdentifier(buffer)] ?? 1) - 1
            state.users[ObjectIdentifier(buffer)] = left
            guard left == 0 else { return false }
            state.free.append(buffer)
            return true
        }
    }

    func close() { state.update { $0.closed = true } }
}
