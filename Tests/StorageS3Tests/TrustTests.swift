import Foundation
import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

/// Whom the store speaks to, beside OpenSSL's own server.
@Suite(.enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason))) struct TrustTests {
    /// `openssl s_server` at a port of its own choice. It ends after a minute, whatever becomes of this process.
    private static func openSSL(at host: String, _ words: String...) throws -> String {
        let certificate = try S3Server.shared.get().certificate
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["timeout", "-s", "KILL", "60", "openssl", "s_server", "-accept", "\(host):0", "-www"]
            + ["-cert", certificate.file, "-key", certificate.key] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // It would end with the pipe that it writes to.
        pipes.withLock { $0.append(output) }
        var said = ""
        while !said.contains("ACCEPT"), case let piece = output.fileHandleForReading.availableData, !piece.isEmpty {
            said += String(decoding: piece, as: UTF8.self)
        }
        let line = try #require(said.split(whereSeparator: \.isNewline).first { $0.hasPrefix("ACCEPT") }, "\(said)")
        return "\(try #require(line.split(separator: ":").last))"
    }

    private static let pipes = Monitor<[Pipe]>([])

    private func failure(_ host: String, _ port: String, trusting: Bool = true, choices: String = "") throws -> Failure?
    {
        let authorities = try S3Server.shared.get().authorities
        let address = try S3Address.parse(
            "s3://box?endpoint=https://\(host):\(port)" + (trusting ? "&ca=" + authorities : "") + choices, { _ in nil }
        )
        let store = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        return #expect(throws: Failure.self) { _ = try store.size(of: ObjectName("x")) }
    }

    @Test("A server that speaks TLS 1.2 at most is refused, at once and with the reason") func tooOld() throws {
        let port = try Self.openSSL(at: "127.0.0.1", "-tls1_2")
        let failure = try failure("localhost", port)
        #expect(failure?.code == .storageUntrusted)
        #expect(failure?.message.contains("TLS 1.3") == true, "\(failure?.message ?? "")")
    }

    @Test("A certificate for another name is refused") func otherName() throws {
        let port = try Self.openSSL(at: "127.0.0.2", "-tls1_3")
        let failure = try failure("127.0.0.2", port)
        #expect(failure?.code == .storageUntrusted)
        #expect(failure?.message.contains("another name") == true, "\(failure?.message ?? "")")
    }

    @Test("A certificate of an authority that nobody named is refused") func foreign() throws {
        let port = try Self.openSSL(at: "127.0.0.1", "-tls1_3")
        let failure = try failure("localhost", port, trusting: false)
        #expect(failure?.code == .storageUntrusted)
        #expect(failure?.message.contains("authority") == true, "\(failure?.message ?? "")")
    }

    @Test("Certificates that cannot be read are named") func unreadable() throws {
        let address = try S3Address.parse("s3://box?endpoint=https://localhost&ca=/does/not/exist", { _ in nil })
        let failure = #expect(throws: Failure.self) {
            _ = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        }
        #expect(failure?.code == .storageMisconfigured)
        #expect(failure?.message.contains("/does/not/exist") == true)
    }

    @Test("A server that wants a certificate of this host gets it, and without one the reason is told") func client()
        throws
    {
        let server = try S3Server.shared.get()
        let port = try Self.openSSL(at: "127.0.0.1", "-tls1_3", "-Verify", "1", "-CAfile", server.authorities)
        let without = try failure("localhost", port)
        #expect(without?.code == .storageUntrusted, "\(String(describing: without))")
        #expect(without?.message.contains("wants a certificate") == true, "\(without?.message ?? "")")
        // Known now, it answers; that it speaks no S3 is another matter.
        let with = try failure(
            "localhost", port, choices: "&cert=\(server.certificate.file)&key=\(server.certificate.key)")
        #expect(with?.code == .storageFailed, "\(String(describing: with))")
    }

    @Test("A client's key that cannot be read is named") func unreadableKey() throws {
        let file = try S3Server.shared.get().certificate.file
        let address = try S3Address.parse(
            "s3://box?endpoint=https://localhost&cert=\(file)&key=/does/not/exist", { _ in nil })
        let failure = #expect(throws: Failure.self) {
            _ = try S3Store(address, .only(S3Credentials(accessKey: "k", secret: "s")), spoolPlaces: ["/tmp"])
        }
        #expect(failure?.code == .storageMisconfigured)
        #expect(failure?.message.contains("/does/not/exist") == true)
    }

    @Test("How the store is reached is known: TLS 1.3, and no hybrid keys where the server has none") func facts()
        throws
    {
        let server = try S3Server.shared.get()
        let bucket = try server.bucket()
        let facts = try S3Store.beside(server, bucket, secure: true).connection()
        #expect(facts.version == "TLS 1.3")
        let plain = try S3Store.beside(server, bucket).connection()
        #expect(plain == ConnectionFacts(version: nil, takesHybridKeyExchange: nil))
        // OpenSSL has ML-KEM from 3.5 on.
        let lists = try Self.openSSLGroups()
        #expect(facts.takesHybridKeyExchange == lists.contains("X25519MLKEM768"))
    }

    private static func openSSLGroups() throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl", "list", "-kem-algorithms"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return said
    }
}
