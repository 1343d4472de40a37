import Primitives
import RepositoryEngine
import Sealing

/// Threads that put content in its place, and the segments that are in their hands.
final class ExportCrew {
    private struct Flight {
        var segment: ExportSegment
        var next = 0
        var left: Int
    }

    private struct State {
        var flights: [Flight] = []
        var failure: Failure?
        var closed = false
    }

    let reach: ReadingReach
    private let state = Monitor(State())
    private let threads = WorkerThreads()
    private var free: [ExportSegment] = []
    private let mostInFlight: Int

    init(reach: ReadingReach, chunks: @escaping @Sendable () -> ChunkReader) {
        self.reach = reach
        mostInFlight = reach.opensAhead ? 4 : 2
        for _ in 0..<reach.threads {
            threads.start { [state] in
                var reader = chunks()
                while let (segment, run) = Self.take(state) {
                    Self.read(segment, run, &reader, state)
                }
            }
        }
    }

    /// An empty one.
    func segment() -> ExportSegment { free.popLast() ?? ExportSegment() }

    func giveBack(_ segment: ExportSegment) {
        segment.clear()
        free.append(segment)
    }

    func submit(_ segment: ExportSegment) {
        segment.arrange(reach)
        state.update { $0.flights.append(Flight(segment: segment, left: segment.runs.count)) }
    }

    var isFull: Bool { state.withLock { $0.flights.count > mostInFlight } }
    var isIdle: Bool { state.withLock { $0.flights.isEmpty } }

    /// The one that was handed in first, once it is whole. Throws the first failure.
    func finishOldest() throws -> ExportSegment {
        try state.wait { state -> ExportSegment? in
            if let failure = state.failure { throw failure }
            guard let oldest = state.flights.first, oldest.left == 0 else { return nil }
            state.flights.removeFirst()
            return oldest.segment
        }
    }

    /// Ends the threads; what they have in hand is done before.
    func dismiss() {
        state.update { $0.closed = true }
        threads.joinAll()
    }

    private static func take(_ state: Monitor<State>) -> (ExportSegment, Int)? {
        state.wait { state -> (ExportSegment, Int)?? in
            if state.closed || state.failure != nil { return .some(nil) }
            for i in state.flights.indices where state.flights[i].next < state.flights[i].segment.runs.count {
                state.flights[i].next += 1
                return .some((state.flights[i].segment, state.flights[i].next - 1))
            }
            return nil
        }
    }

    private static func read(
        _ segment: ExportSegment, _ run: Int, _ reader: inout ChunkReader, _ state: Monitor<State>
    ) {
        var failure: Failure?
        do {
            try reader.read(run: segment.chunks[segment.runs[run]]) { index, outcome in
                try place(segment, index, outcome)
            }
        } catch {
            failure = error as? Failure ?? Failure(.internalError, "\(error)", advice: "Report this, please.")
        }
        state.update { state in
            state.failure = state.failure ?? failure
            guard let i = state.flights.firstIndex(where: { $0.segment === segment }) else { return }
            state.flights[i].left -= 1
        }
    }

    private static func place(
        _ segment: ExportSegment, _ index: Int, _ outcome: Result<UnsafeRawBufferPointer, Failure>
    ) throws {
        let type = segment.chunks[index].type
        for piece in segment.pieces[segment.firstPiece[index]..<segment.firstPiece[index + 1]] {
            let path = { "/" + String(decoding: segment.files[piece.file], as: UTF8.self) }
            let plaintext: UnsafeRawBufferPointer
            switch outcome {
            case .success(let bytes): plaintext = bytes
            case .failure(let failure):
                throw Failure(failure.code, "\(path()) cannot be read: \(failure.message)", advice: failure.advice)
            }
            guard
                let part = Bundle.slice(plaintext, type, offset: Int(piece.chunkOffset), count: Int(piece.count))
            else { throw Failure.damaged("The content of \(path())", "reaches beyond its chunk") }
            UnsafeMutableRawBufferPointer(rebasing: segment.bytes[piece.target..<piece.target + part.count])
                .copyMemory(from: part)
        }
    }
}
