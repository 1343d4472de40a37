import Foundation
import Metrics
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import MetricsEndpoint

@Suite("Numbers over HTTP")
struct MetricsServerTests {
    private static func board(_ trouble: String? = nil) -> MetricsServer.Board {
        let time = Timestamp(nanoseconds: 1_795_000_000_000_000_000)
        let snapshot = MetricsSnapshot(
            project: "p", time: time, daemon: MetricsSnapshot.Daemon(version: "1", started: time))
        return MetricsServer.Board(snapshot: { snapshot }, trouble: { trouble })
    }

    private func curl(_ words: [String]) throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["curl", "-sS", "-m", "10"] + words
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    @Test("are served, as is whether all is well")
    func served() throws {
        let server = try MetricsServer(ListenAddress("127.0.0.1:0"), certificate: nil, board: Self.board())
        defer { server.stop() }
        let base = "http://127.0.0.1:\(server.port)"
        let metrics = try curl(["-D", "-", "\(base)/metrics"]).said
        #expect(metrics.contains("HTTP/1.1 200 OK"))
        #expect(metrics.contains("Content-Type: text/plain; version=0.0.4"))
        #expect(metrics.contains("\nsafehold_up 1\n"))
        let open = try curl(["-H", "Accept: application/openmetrics-text; version=1.0.0", "\(base)/metrics"]).said
        #expect(open.hasSuffix("# EOF\n"))
        #expect(try curl(["\(base)/healthz"]).said == "ok\n")
        #expect(try curl(["-o", "/dev/null", "-w", "%{http_code}", "\(base)/other"]).said == "404")
        #expect(try curl(["-o", "/dev/null", "-w", "%{http_code}", "-X", "DELETE", "\(base)/metrics"]).said == "405")
        #expect(try curl(["-I", "\(base)/metrics"]).said.contains("200 OK"))
    }

    @Test("say so when something is wrong")
    func trouble() throws {
        let server = try MetricsServer(
            ListenAddress("127.0.0.1:0"), certificate: nil, board: Self.board("database is late"))
        defer { server.stop() }
        let said = try curl(["-w", " %{http_code}", "http://127.0.0.1:\(server.port)/healthz"]).said
        #expect(said == "database is late\n 503")
    }

    @Test(
        "are not served beyond this host without TLS",
        arguments: [
            "0.0.0.0:0", "[::]:0", "192.0.2.1:9464", "host.example.org:9464", "127.0.0.1.example.org:1", "127.1:1",
        ])
    func open(_ address: String) throws {
        let failure = try #require(throws: Failure.self) {
            try MetricsServer(ListenAddress(address), certificate: nil, board: Self.board())
        }
        #expect(failure.code == .strategyInvalid)
    }

    @Test(
        "over TLS they are served by 1.3 and nothing older",
        .enabled(if: MessageServers.isPossible, Comment(rawValue: MessageServers.reason)))
    func tls() throws {
        let folder = try MessageServers.shared.get().folder
        let certificate = MetricsServer.Certificate(file: folder + "/good.pem", keyFile: folder + "/good.key")
        let server = try MetricsServer(ListenAddress("0.0.0.0:0"), certificate: certificate, board: Self.board())
        defer { server.stop() }
        let url = "https://localhost:\(server.port)/healthz"
        #expect(try curl(["-4", "--cacert", folder + "/ca.pem", url]).said == "ok\n")
        #expect(try curl(["-4", "--cacert", folder + "/ca.pem", "--tls-max", "1.2", url]).status != 0)
        #expect(throws: Failure.self) {
            try MetricsServer(
                ListenAddress("127.0.0.1:0"),
                certificate: MetricsServer.Certificate(file: folder + "/good.pem", keyFile: folder + "/rogue.key"),
                board: Self.board())
        }
    }

    @Test("a port that is taken is told")
    func taken() throws {
        let first = try MetricsServer(ListenAddress("127.0.0.1:0"), certificate: nil, board: Self.board())
        defer { first.stop() }
        let failure = try #require(throws: Failure.self) {
            try MetricsServer(ListenAddress("127.0.0.1:\(first.port)"), certificate: nil, board: Self.board())
        }
        #expect(failure.code == .stateUnusable)
    }
}
