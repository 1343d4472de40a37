import Primitives

/// Compresses a stream on several threads. Blocks become gzip members one behind the other, which every gzip takes for one file; the
/// same bytes always become the same bytes. Memory is bounded by a handful of blocks.
///
/// What is handed on always ends within a member: the last bytes of each wait for the next one. A stream that was broken off, or whose
/// writer was killed, is thus never a gzip file, let alone a tar file that only seems to be whole.
package final class GzipStream {
    private final class Block: @unchecked Sendable {
        // SAFETY: a block is in one place at a time: with who fills it, with who compresses it, or with who hands it on.
        let plain = UnsafeMutableRawBufferPointer.allocate(byteCount: GzipStream.blockCount, alignment: 64)
        var filled = 0
        /// Room for the end of the member before, then the member.
        var output: UnsafeMutableRawBufferPointer?
        var memberCount = 0

        deinit {
            plain.deallocate()
            output?.deallocate()
        }
    }

    private struct State {
        var waiting: [(number: UInt64, block: Block)] = []
        var done: [UInt64: Block] = [:]
        var free: [Block] = []
        var made = 0
        var closed = false
        var failure: Failure?
        var abandoned = false
        var isBroken: Bool { abandoned || failure != nil }
    }

    package static let blockCount = 512 << 10
    /// The checksum and the length at a member's end.
    private static let trailerCount = 8

    private let state = Monitor(State())
    private let threads = WorkerThreads()
    private let mostBlocks: Int
    private var current: Block?
    private var nextNumber: UInt64 = 0
    private var isFinished = false

    /// `sink` is called by one thread of ours, in order.
    package init(
        threads count: Int = WorkerThreads.processorCount,
        sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) {
        mostBlocks = 3 * count + 2
        for _ in 0..<count { threads.start { [state] in Self.compress(state) } }
        threads.start { [state] in Self.handOn(state, sink) }
    }

    deinit { stop() }

    /// Throws what the sink threw.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let block = try current ?? nextFree()
            current = block
            let count = min(rest.count, Self.blockCount - block.filled)
            UnsafeMutableRawBufferPointer(rebasing: block.plain[block.filled...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            block.filled += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if block.filled == Self.blockCount { submit(block) }
        }
    }

    /// Hands on all that is left, the last member whole, before it returns. Without it the stream stays without its end.
    package func finish() throws {
        if let block = current { submit(block) }
        isFinished = true
        stop()
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func submit(_ block: Block) {
        current = nil
        state.update { $0.waiting.append((nextNumber, block)) }
        nextNumber += 1
    }

    private func nextFree() throws -> Block {
        try state.wait { state -> Block? in
            if let failure = state.failure { throw failure }
            if let block = state.free.popLast() { return block }
            guard state.made < mostBlocks else { return nil }
            state.made += 1
            return Block()
        }
    }

    private func stop() {
        state.update { state in
            state.closed = true
            if !isFinished { state.abandoned = true }
        }
        threads.joinAll()
    }
}

extension GzipStream {
    private static func compress(_ state: Monitor<State>) {
        do {
            let member = try GzipMember()
            while let (number, block) = take(state) {
                let output =
                    block.output ?? .allocate(byteCount: trailerCount + member.bound(blockCount), alignment: 64)
                block.output = output
                block.memberCount = try member.compress(
                    UnsafeRawBufferPointer(rebasing: block.plain[..<block.filled]),
                    into: UnsafeMutableRawBufferPointer(rebasing: output[trailerCount...]))
                state.update { $0.done[number] = block }
            }
        } catch {
            fail(state, error)
        }
    }

    private static func take(_ state: Monitor<State>) -> (UInt64, Block)? {
        state.wait { state -> (UInt64, Block)?? in
            if state.isBroken { return .some(nil) }
            if !state.waiting.isEmpty {
                let first = state.waiting.removeFirst()
                return .some((first.number, first.block))
            }
            return state.closed ? .some(nil) : nil
        }
    }

    private static func handOn(_ state: Monitor<State>, _ sink: (UnsafeRawBufferPointer) throws -> Void) {
        var held: [UInt8] = []
        var number: UInt64 = 0
        do {
            while let block = next(number, state) {
                guard let output = block.output else { continue }
                output.copyBytes(from: held)
                // In one piece with the end of the one before: what is cut off between two calls ends within a member.
                let ready = output[(trailerCount - held.count)..<block.memberCount]
                try sink(UnsafeRawBufferPointer(rebasing: ready))
                held = Array(output[block.memberCount...].prefix(trailerCount))
                block.filled = 0
                state.update { $0.free.append(block) }
                number += 1
            }
            // Broken off: what is held stays behind.
            guard state.withLock({ !$0.isBroken }) else { return }
            try held.withUnsafeBytes { try sink($0) }
        } catch {
            fail(state, error)
        }
    }

    /// The block with that number once it is compressed; nil at the end and after a failure.
    private static func next(_ number: UInt64, _ state: Monitor<State>) -> Block? {
        state.wait { state -> Block?? in
            if state.isBroken { return .some(nil) }
            if let block = state.done.removeValue(forKey: number) { return .some(block) }
            return state.closed && state.waiting.isEmpty && state.free.count == state.made ? .some(nil) : nil
        }
    }

    private static func fail(_ state: Monitor<State>, _ error: any Error) {
        let failure =
            error as? Failure
            ?? Failure(.internalError, "Compressing failed: \(error).", advice: "Report this, please.")
        state.update { $0.failure = $0.failure ?? failure }
    }
}
