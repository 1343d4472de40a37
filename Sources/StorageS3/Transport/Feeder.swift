import AsyncHTTPClient
import NIOCore
import NIOPosix
import Primitives

/// Hands a body to the client from the calling thread: event loops never read a disk.
final class Feeder: Sendable {
    private struct State: Sendable {
        var writer: HTTPClient.Body.StreamWriter?
        var end: EventLoopPromise<Void>?
        var isOver = false
    }

    private let state = Monitor(State())

    /// On an event loop, when the server takes the body.
    func begin(_ writer: HTTPClient.Body.StreamWriter) -> EventLoopFuture<Void> {
        let end = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let isWanted = state.update { state in
            guard !state.isOver else { return false }
            (state.writer, state.end) = (writer, end)
            return true
        }
        if !isWanted { end.fail(HTTPClientError.cancelled) }
        return end.futureResult
    }

    /// Nothing will be taken any more.
    func end() { state.update { $0.isOver = true } }

    /// Returns when everything was handed over, or nothing more is wanted; the error, if there was one.
    func feed(_ body: Content, _ pacing: Pacing) -> (any Error)? {
        let begun = state.wait { state -> (HTTPClient.Body.StreamWriter, EventLoopPromise<Void>)?? in
            if let writer = state.writer, let end = state.end { return .some((writer, end)) }
            return state.isOver ? .some(nil) : nil
        }
        guard let (writer, end) = begun else { return nil }
        do {
            var left = body.count
            try body.forEachPiece(of: pacing.piece) { piece in
                left -= piece.count
                pacing.pass(.up, piece.count)
                let written = writer.write(.byteBuffer(ByteBuffer(bytes: piece)))
                // The end follows the last piece at once: an answer that came before it would look like a broken connection.
                if left == 0 { written.cascade(to: end) } else { try written.wait() }
            }
            if body.count == 0 { end.succeed() }
            return nil
        } catch {
            end.fail(error)
            return error
        }
    }
}
