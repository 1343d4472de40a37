import Primitives

/// The plaintext of a chunk that deltas lean on.
final class BasePlaintext: @unchecked Sendable {
    // SAFETY: nobody writes to it.
    let bytes: UnsafeRawBufferPointer
    private let buffer: UnsafeMutableRawBufferPointer

    /// The first `count` bytes of a buffer, which is deallocated with this.
    init(_ buffer: UnsafeMutableRawBufferPointer, count: Int) {
        self.buffer = buffer
        bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
    }

    deinit { buffer.deallocate() }
}

/// Plaintexts of chunks that deltas lean on, the latest ones used kept: neighbours lean on the same ones. Shared by threads.
final class BaseCache: Sendable {
    struct Base: Sendable {
        var plaintext: BasePlaintext
        /// How many steps it took to read it.
        var steps: Int
    }

    private struct State {
        var bases: [ChunkID: (base: Base, used: UInt64)] = [:]
        var bytes = 0
        var clock: UInt64 = 0
    }

    private static let mostBytes = 16 << 20
    private let state = Monitor(State())

    func base(_ id: ChunkID) -> Base? {
        state.withLock { state in
            guard let found = state.bases[id] else { return nil }
            state.clock += 1
            state.bases[id]?.used = state.clock
            return found.base
        }
    }

    func keep(_ base: Base, _ id: ChunkID) {
        state.withLock { state in
            state.clock += 1
            if let old = state.bases.updateValue((base, state.clock), forKey: id) {
                state.bytes -= old.base.plaintext.bytes.count
            }
            state.bytes += base.plaintext.bytes.count
            guard state.bytes > Self.mostBytes else { return }
            // A quarter goes at once, so that this is rare.
            for (id, entry) in state.bases.sorted(by: { $0.value.used < $1.value.used }) {
                guard state.bytes > Self.mostBytes / 4 * 3, state.bases.count > 1 else { break }
                state.bases[id] = nil
                state.bytes -= entry.base.plaintext.bytes.count
            }
        }
    }
}
