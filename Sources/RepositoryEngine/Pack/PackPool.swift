import Primitives
import Sealing
import Storage

/// The open data packs of a session. A chunk goes into one of them at random, so that their sizes say nothing about a single chunk;
/// full ones are finished by threads of their own, so that nobody waits for the disk: by one, or where the store is far away, by several.
package final class PackPool: Sendable {
    private struct Idle: @unchecked Sendable {
        // SAFETY: a writer is in one place at a time: here under the monitor, or with the thread that took it out.
        var writer: PackWriter
        var ordinal: UInt32
    }

    private struct State {
        var idle: [Idle] = []
        var open = 0
        var storedBytes: UInt64 = 0
    }

    private static let mostOpen = 4
    private let session: SealingSession
    private let store: any ObjectStore
    private let packSize: Int
    private let state: Monitor<State>
    private let full = BoundedQueue<Idle>(capacity: 2)
    private let isBroken = Monitor(false)
    private let threads = WorkerThreads()
    private let reserveOrdinal: @Sendable () -> UInt32
    private let mayFinish: @Sendable () throws -> Void
    private let finished: @Sendable (FinishedPack, UInt32) throws -> Void
    private let failed: @Sendable (any Error) -> Void

    /// `reserveOrdinal` numbers each pack. `mayFinish` is asked before a pack gets its name, and may wait. `finished` hears of each pack once it
    /// is on the medium; `failed` of the first error of the finishing thread.
    package init(
        session: SealingSession, store: any ObjectStore, packSize: Int,
        reserveOrdinal: @escaping @Sendable () -> UInt32,
        mayFinish: @escaping @Sendable () throws -> Void = {},
        finished: @escaping @Sendable (FinishedPack, UInt32) throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.session = session
        self.store = store
        self.packSize = packSize
        self.reserveOrdinal = reserveOrdinal
        self.mayFinish = mayFinish
        self.finished = finished
        self.failed = failed
        state = Monitor(State())
        for _ in 0..<(store.isDistant ? 3 : 1) { threads.start { [self] in finishPacks() } }
    }

    private func finishPacks() {
        while let pack = full.pop() {
            if isBroken.withLock({ $0 }) {
                pack.writer.abandon()
                continue
            }
            do {
                try mayFinish()
                try finished(try pack.writer.finish(in: store), pack.ordinal)
            } catch {
                pack.writer.abandon()
                let isFirst = isBroken.withLock { isBroken in
                    defer { isBroken = true }
                    return !isBroken
                }
                if isFirst { failed(error) }
            }
        }
    }

    /// Stores a frame and returns the ordinal of its pack.
    package func append(_ frame: UnsafeRawBufferPointer, type: ChunkType, id: ChunkID, plaintextCount: Int) throws
        -> UInt32
    {
        let pack = try take()
        do {
            try pack.writer.append(frame, type: type, id: id, plaintextCount: plaintextCount)
        } catch {
            pack.writer.abandon()
            state.update { $0.open -= 1 }
            throw error
        }
        state.withLock { $0.storedBytes += UInt64(frame.count + 16) }
        giveBack(pack)
        return pack.ordinal
    }

    private func take() throws -> Idle {
        let taken = state.wait { state -> Idle?? in
            // A short session has one pack: its size is a sum that hides each part. More are opened as there is more to mix.
            let wanted = min(Self.mostOpen, 1 + Int(state.storedBytes) / packSize)
            if state.open < wanted {
                state.open += 1
                return .some(nil)
            }
            guard let index = state.idle.indices.randomElement() else { return nil }
            return .some(state.idle.remove(at: index))
        }
        if let idle = taken { return idle }
        do {
            return Idle(writer: try PackWriter(kind: .data, session: session, store: store), ordinal: reserveOrdinal())
        } catch {
            state.update { $0.open -= 1 }
            throw error
        }
    }

    private func giveBack(_ pack: Idle) {
        if pack.writer.count >= packSize - (packSize >> 7) {
            state.update { $0.open -= 1 }
            full.push(pack)
        } else {
            state.update { $0.idle.append(pack) }
        }
    }

    package var storedBytes: UInt64 { state.withLock { $0.storedBytes } }

    /// Begins to finish what is open. No chunk may come afterwards.
    package func beginFinishing() {
        for pack in state.withLock({ state in
            defer { state.idle = [] }; return state.idle
        }) { full.push(pack) }
        full.close()
    }

    /// Finishes what is open, and waits for all that is being finished.
    package func finish() {
        beginFinishing()
        threads.joinAll()
    }

    /// Drops what is open; finished packs stay and serve the next run.
    package func abandon() {
        for pack in state.withLock({ state in
            defer { state.idle = [] }; return state.idle
        }) { pack.writer.abandon() }
        full.close()
        threads.joinAll()
    }
}
