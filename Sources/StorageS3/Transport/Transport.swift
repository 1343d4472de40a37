import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives

/// One HTTP client. Requests run on its event loops; whoever asks waits on a thread of his own, never on one of the cooperative
/// pool (docs/decisions/0011).
final class Transport: Sendable {
    private let client: HTTPClient
    /// Bytes of bodies that may be under way at once: the client takes more from a body than the socket does.
    private let gate = ByteGate(limit: 64 << 20)

    struct Patience: Sendable {
        var connect = TimeAmount.seconds(10)
        /// Without a byte coming or going.
        var silence = TimeAmount.seconds(60)
        /// For a whole request, beside what its bytes may take.
        var whole = TimeAmount.seconds(120)
    }

    private let patience: Patience

    init(authorities: String?, patience: Patience = Patience()) throws {
        self.patience = patience
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try Self.tls(authorities), redirectConfiguration: .disallow,
            timeout: .init(connect: patience.connect, read: patience.silence, write: patience.silence),
            connectionPool: .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 32))
        // The client would hide a refused connection behind its whole patience; retrying is decided in one place.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }

    deinit { try? client.syncShutdown() }

    private static func tls(_ authorities: String?) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        guard let authorities else { return tls }
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
        } catch {
            throw Failure(
                .storageMisconfigured, "The certificates in \(authorities) cannot be read.",
                advice:
                    "Name a file with certificates in PEM form: 'ca=' in the address, SAFEHOLD_S3_CA or AWS_CA_BUNDLE.")
        }
        return tls
    }

    /// Sends once and waits for the end. Throws what the client throws.
    func send(_ request: HTTPClient.Request, _ body: Content, limit: Int) throws -> S3Answer {
        try gate.holding(body.count) {
            // 32 KiB a second is slower than anything that a backup could be made over.
            let deadline = NIODeadline.now() + patience.whole + .milliseconds(Int64((body.count + limit) / 32))
            let delegate = ResponseAccumulator(request: request, maxBodySize: limit)
            var request = request
            if case .bytes(let bytes, _) = body {
                if !bytes.isEmpty { request.body = .bytes(bytes) }
                return try Self.answer(client.execute(request: request, delegate: delegate, deadline: deadline).wait())
            }
            let feeder = Feeder()
            request.body = .stream(contentLength: Int64(body.count)) { feeder.begin($0) }
            let task = client.execute(request: request, delegate: delegate, deadline: deadline)
            task.futureResult.whenComplete { _ in feeder.end() }
            let spoiled = feeder.feed(body)
            // Why the server stopped reading matters more than that it did.
            let response = try task.futureResult.wait()
            if let spoiled, response.status.code < 300 { throw spoiled }
            return Self.answer(response)
        }
    }

    private static func answer(_ response: HTTPClient.Response) -> S3Answer {
        S3Answer(
            status: Int(response.status.code), headers: response.headers,
            body: response.body.map { Array($0.readableBytesView) } ?? [])
    }
}

/// Hands a body to the client from the calling thread: event loops never read a disk.
private final class Feeder: Sendable {
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
    func feed(_ body: Content) -> (any Error)? {
        let begun = state.wait { state -> (HTTPClient.Body.StreamWriter, EventLoopPromise<Void>)?? in
            if let writer = state.writer, let end = state.end { return .some((writer, end)) }
            return state.isOver ? .some(nil) : nil
        }
        guard let (writer, end) = begun else { return nil }
        do {
            var left = body.count
            try body.forEachPiece { piece in
                left -= piece.count
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

/// Lets so many bytes through at a time. What alone is more passes when it is alone.
final class ByteGate: Sendable {
    private let inside = Monitor(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func holding<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
        let count = min(count, limit)
        inside.waitAndUpdate { inside -> Void? in
            guard inside + count <= limit else { return nil }
            inside += count
            return ()
        }
        defer { inside.update { $0 -= count } }
        return try body()
    }
}
