import Metrics
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Primitives

/// Serves numbers to who asks: GET /metrics and GET /healthz. On loopback in plain, elsewhere over TLS 1.3 or not at all.
package final class MetricsServer: Sendable {
    /// PEM files; the certificate first, then those that it rests on.
    package struct Certificate: Sendable, Equatable {
        package var file: String
        package var keyFile: String
        package init(file: String, keyFile: String) { (self.file, self.keyFile) = (file, keyFile) }
    }

    /// What is served. Both are called on the server's thread and do not block.
    package struct Board: Sendable {
        package var snapshot: @Sendable () -> MetricsSnapshot
        /// Nil where all is well; else why not, in one line.
        package var trouble: @Sendable () -> String?

        package init(
            snapshot: @escaping @Sendable () -> MetricsSnapshot, trouble: @escaping @Sendable () -> String?
        ) { (self.snapshot, self.trouble) = (snapshot, trouble) }
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    package let port: Int

    /// Serves until `stop`. Throws `strategy-invalid` for an address beyond loopback without a certificate, and `state-unusable` where it
    /// cannot be listened.
    package init(_ address: ListenAddress, certificate: Certificate?, board: Board) throws {
        guard address.isLoopback || certificate != nil else {
            throw Failure(
                .strategyInvalid, "Metrics are to be served at \(address.host), beyond this host, without TLS.",
                advice: "Serve them at 127.0.0.1, or give certificate_file and key_file.")
        }
        do {
            let context = try certificate.map { try Self.context($0) }
            channel = try Self.bootstrap(group, context, board).bind(host: address.host, port: address.port).wait()
        } catch {
            try? group.syncShutdownGracefully()
            throw error as? Failure
                ?? Failure(
                    .stateUnusable, "Metrics cannot be served at \(address.host):\(address.port): \(error).",
                    advice: "Choose another port, or stop what listens there ('ss -ltnp' names it).")
        }
        port = channel.localAddress?.port ?? address.port
    }

    /// Requests under way are cut off.
    package func stop() {
        try? channel.close().wait()
        try? group.syncShutdownGracefully()
    }

    private static func context(_ certificate: Certificate) throws -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.file).map {
                NIOSSLCertificateSource.certificate($0)
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain,
                privateKey: .privateKey(try NIOSSLPrivateKey(file: certificate.keyFile, format: .pem)))
            configuration.minimumTLSVersion = .tlsv13
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw Failure(
                .strategyInvalid,
                "The certificate for metrics in \(certificate.file) with the key in \(certificate.keyFile) cannot be used: \(error).",
                advice: "Give PEM files that belong together and that the daemon's user may read.")
        }
    }

    private static func bootstrap(_ group: MultiThreadedEventLoopGroup, _ context: NIOSSLContext?, _ board: Board)
        -> ServerBootstrap
    {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    // Who says nothing holds no connection.
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(30)))
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(MetricsHandler(board))
                }
            }
    }
}
