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
    private let gate = ByteGate(limit: 192 << 20)

    private let address: S3Address
    private let pacing: Pacing
    private let patience: Patience
    private let version = Monitor<String?>(nil)

    /// Of the newest connection: "TLS 1.3".
    var tlsVersion: String? { version.withLock { $0 } }

    /// `groups` are the key exchanges that are offered; nil for the usual ones, X25519MLKEM768 before all others.
    init(_ address: S3Address, _ pacing: Pacing, patience: Patience = Patience(), groups: [NIOTLSCurve]? = nil) throws {
        (self.address, self.pacing, self.patience) = (address, pacing, patience)
        var tls = try TLSConfiguration.trusting(address.authorities, showing: address.certificate)
        if let groups { tls.curves = groups }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: patience.connect, read: patience.silence, write: patience.silence),
            connectionPool: .init(
                idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: Int(AdaptiveLimit.most)))
        // The client would hide a refused connection behind its whole patience; retrying is decided in one place.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { [version] channel in
            let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
            if handler?.tlsVersion == .tlsv13 { version.withLock { $0 = "TLS 1.3" } }
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }

    /// The same, with these key exchanges and no other.
    func offering(_ groups: [NIOTLSCurve]) throws -> Transport {
        try Transport(address, pacing, patience: patience, groups: groups)
    }

    deinit { try? client.syncShutdown() }

    /// Sends once and waits for the end. Throws what the client throws.
    func send(_ request: HTTPClient.Request, _ body: Content, limit: Int, isFirst: Bool) throws -> S3Answer {
        try gate.holding(body.count) {
            let deadline = deadline(sending: body.count, fetching: limit, isFirst)
            let delegate = PacedAccumulator(ResponseAccumulator(request: request, maxBodySize: limit), pacing)
            var request = request
            if case .bytes(let bytes, _) = body {
                if !bytes.isEmpty {
                    pacing.pass(.up, bytes.count)
                    request.body = .bytes(bytes)
                }
                return try Self.answer(client.execute(request: request, delegate: delegate, deadline: deadline).wait())
            }
            let feeder = Feeder()
            request.body = .stream(contentLength: Int64(body.count)) { feeder.begin($0) }
            let task = client.execute(request: request, delegate: delegate, deadline: deadline)
            task.futureResult.whenComplete { _ in feeder.end() }
            let spoiled = feeder.feed(body, pacing)
            // Why the server stopped reading matters more than that it did.
            let response = try task.futureResult.wait()
            if let spoiled, response.status.code < 300 { throw spoiled }
            return Self.answer(response)
        }
    }

    private func deadline(sending: Int, fetching: Int, _ isFirst: Bool) -> NIODeadline {
        if isFirst, sending == 0 { return .now() + patience.first }
        let slow = pacing.patience(sending: sending, fetching: fetching, beside: Int(AdaptiveLimit.most))
        return .now() + patience.whole + .milliseconds(slow)
    }

    private static func answer(_ response: HTTPClient.Response) -> S3Answer {
        S3Answer(
            status: Int(response.status.code), headers: response.headers,
            body: response.body.map { Array($0.readableBytesView) } ?? [])
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
