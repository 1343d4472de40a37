import NIOCore
import NIOPosix
import NIOSSL
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

/// Beside a TLS server that knows X25519MLKEM768, which the OpenSSL of most systems does not yet.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct HybridKeyTests {
    /// Answers everything with 200 and nothing.
    private final class Agreeable: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }

    private func facts(_ curves: [NIOTLSCurve]) throws -> ConnectionFacts {
        let server = try S3Server.shared.get()
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(server.certificate.file).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: server.certificate.key, format: .pem)))
        tls.minimumTLSVersion = .tlsv13
        tls.curves = curves
        let context = try NIOSSLContext(configuration: tls)
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: context), Agreeable())
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        defer { try? channel.close().wait() }
        let port = try #require(channel.localAddress?.port)
        let address = try S3Address.parse(
            "s3://box?endpoint=https://localhost:\(port)&ca=\(server.authorities)", { _ in nil })
        let store = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        return try store.connection()
    }

    @Test("Whether a server takes keys that withstand quantum computers is found out") func found() throws {
        let both = try facts([.x25519_MLKEM768, .x25519])
        #expect(both == ConnectionFacts(version: "TLS 1.3", takesHybridKeyExchange: true))
        let old = try facts([.x25519])
        #expect(old == ConnectionFacts(version: "TLS 1.3", takesHybridKeyExchange: false))
    }

    @Test("A server that takes nothing else is reached: hybrid keys are always offered") func only() throws {
        #expect(try facts([.x25519_MLKEM768]).takesHybridKeyExchange == true)
    }
}
