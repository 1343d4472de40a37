import Metrics
import NIOCore
import NIOHTTP1

/// Answers one request after the other of a connection.
final class MetricsHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Answer {
        var status = HTTPResponseStatus.ok
        var type = "text/plain; charset=utf-8"
        var text: String
    }

    private let board: MetricsServer.Board
    private var head: HTTPRequestHead?

    init(_ board: MetricsServer.Board) { self.board = board }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        // Nothing that is asked for here has a body.
        case .body: context.close(promise: nil)
        case .end:
            guard let head else { return }
            self.head = nil
            send(answer(head), to: head, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead) -> Answer {
        guard head.method == .GET || head.method == .HEAD else {
            return Answer(status: .methodNotAllowed, text: "GET and HEAD are answered.\n")
        }
        switch head.uri.prefix(while: { $0 != "?" }) {
        case "/metrics":
            let wantsOpen = head.headers[canonicalForm: "accept"].contains {
                $0.hasPrefix("application/openmetrics-text")
            }
            let format: MetricsText.Format = wantsOpen ? .openMetrics : .prometheus
            return Answer(type: format.contentType, text: MetricsText.of(board.snapshot(), format))
        case "/healthz":
            guard let trouble = board.trouble() else { return Answer(text: "ok\n") }
            return Answer(status: .serviceUnavailable, text: trouble + "\n")
        default: return Answer(status: .notFound, text: "There is /metrics and /healthz.\n")
        }
    }

    private func send(_ answer: Answer, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders([
            ("Content-Type", answer.type), ("Content-Length", String(answer.text.utf8.count)),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
        ])
        if !head.isKeepAlive { headers.add(name: "Connection", value: "close") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
            promise: nil)
        if head.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.text)))), promise: nil)
        }
        let sent = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !head.isKeepAlive {
            let channel = context.channel
            sent.whenComplete { _ in channel.close(promise: nil) }
        }
    }
}
