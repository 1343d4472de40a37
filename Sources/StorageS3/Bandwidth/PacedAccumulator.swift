import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Takes an answer as fast as the plan allows: what has to wait keeps the socket from being read, and so the server from sending.
final class PacedAccumulator: HTTPClientResponseDelegate {
    typealias Response = ResponseAccumulator.Response
    private let inner: ResponseAccumulator
    private let pacing: Pacing

    init(_ inner: ResponseAccumulator, _ pacing: Pacing) { (self.inner, self.pacing) = (inner, pacing) }

    func didReceiveHead(task: HTTPClient.Task<Response>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        inner.didReceiveHead(task: task, head)
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Response>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        let taken = inner.didReceiveBodyPart(task: task, part)
        let wait = pacing.wait(.down, part.readableBytes)
        guard wait > 0 else { return taken }
        return task.eventLoop.scheduleTask(in: .nanoseconds(wait)) {}.futureResult.flatMap { taken }
    }

    func didReceiveError(task: HTTPClient.Task<Response>, _ error: any Error) {
        inner.didReceiveError(task: task, error)
    }

    func didFinishRequest(task: HTTPClient.Task<Response>) throws -> Response { try inner.didFinishRequest(task: task) }
}
