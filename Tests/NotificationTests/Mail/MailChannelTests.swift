import Foundation
import Strategy
import TestSupport
import Testing

@testable import Notification

@Suite(
    "Mail, beside a real server", .enabled(if: MessageServers.isPossible, Comment(rawValue: MessageServers.reason)))
struct MailChannelTests {
    let servers: MessageServers

    init() throws { servers = try MessageServers.shared.get() }

    private func server(_ name: String, scheme: String = "smtps") throws -> NotificationPlan.MailServer {
        var server = NotificationPlan.MailServer(
            url: "\(scheme)://localhost:\(try servers.port(name))", from: "backup@example.org")
        server.authorityFile = servers.authority
        server.user = MessageServers.user
        server.passwordFile = try servers.secretFile(MessageServers.password)
        return server
    }

    private func mark() -> String { "m" + UUID().uuidString.prefix(8) }

    private func failure(
        _ server: NotificationPlan.MailServer, to address: String = "anna@example.org",
        within limit: Duration = .seconds(30)
    ) throws -> MessageFailure {
        var patience = ChannelPatience()
        patience.whole = limit
        patience.connecting = limit
        let channel = MailChannel(server, to: address, patience: patience)
        let mark = mark()
        let failure = try #require(
            throws: MessageFailure.self, performing: { try channel.send(Messages.failed(mark)) })
        #expect(try servers.arrived("mail", mark).isEmpty, "nothing may have gone out")
        return failure
    }

    @Test("arrives over TLS 1.3 with its parts and headers", arguments: ["smtps", "starttls"])
    func arrives(_ name: String) throws {
        let mark = mark()
        let channel = MailChannel(try server(name, scheme: name == "smtps" ? "smtps" : "smtp"), to: "anna@example.org")
        try channel.send(Messages.failed(mark, summary: "Die Sicherung von „Prüfung“ schlug fehl.\nBcc: x@y.z"))
        let mail = try #require(try servers.arrived("mail", mark).first)
        let facts = try #require(mail.split(separator: "\n").first)
        for fact in [
            "\"tls\": \"TLSv1.3\"", "\"user\": \"backup\"", "\"to\": [\"anna@example.org\"]", "\"hello\": \"backup-1\"",
        ] { #expect(facts.contains(fact)) }
        let parsed = try Self.python(mail)
        #expect(parsed.contains("subject=[iqhis] ERROR: Backup failed: documentation\n"))
        #expect(parsed.contains("id=<\(mark)@example.org>\n"))
        #expect(parsed.contains("references=<\(mark).incident.17@example.org>\n"))
        #expect(parsed.contains("date=2026-11-25T21:47:32+00:00\n"))
        #expect(parsed.contains("defects=[]\n"))
        #expect(parsed.contains("bcc=None\n"), "what an event says begins no header")
        #expect(parsed.contains("Die Sicherung von „Prüfung“ schlug fehl."))
        #expect(parsed.contains("types=['text/plain', 'text/html']\n"))
    }

    /// What Python's parser of mail makes of it.
    private static func python(_ mail: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            """
            import email, email.policy, sys
            raw = sys.stdin.buffer.read().split(b"\\n", 1)[1]
            assert all(len(line) <= 998 for line in raw.split(b"\\r\\n")) and b"\\n" not in raw.replace(b"\\r\\n", b"")
            m = email.message_from_bytes(raw, policy=email.policy.default)
            print(f"subject={m['subject']}\\nid={m['message-id']}\\nreferences={m['references']}\\ndate={m['date'].datetime.isoformat()}")
            print(f"bcc={m['bcc']}\\ndefects={m.defects}\\nfrom={m['from']}")
            parts = list(m.iter_parts())
            print(f"types={[p.get_content_type() for p in parts]}")
            for p in parts: print(p.get_content())
            """,
        ]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(mail.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return said
    }

    @Test("is not sent to a server with TLS 1.2")
    func oldServer() throws {
        let failure = try failure(try server("old"))
        #expect(failure.reason.hasPrefix("localhost offers no TLS 1.3, and nothing is sent over less"))
        #expect(failure.isHopeless)
    }

    @Test("is not sent in plain text, whatever the server offers")
    func plain() throws {
        let failure = try failure(try server("plain", scheme: "smtp"))
        #expect(failure.reason.hasPrefix("localhost offers no TLS 1.3, and nothing is sent over less"))
    }

    @Test("is not sent to whoever has a certificate of somebody else's", arguments: ["untrusted", "misnamed"])
    func certificate(_ name: String) throws {
        let failure = try failure(try server(name))
        #expect(failure.reason.hasPrefix("The certificate of localhost is not trusted"))
        #expect(failure.isHopeless)
    }

    @Test("with a wrong password is refused, and the password is in no message")
    func password() throws {
        var server = try server("smtps")
        server.passwordFile = try servers.secretFile("guessed-wrongly")
        let failure = try failure(server)
        #expect(failure.reason.hasPrefix("The mail server localhost did not accept user and password"))
        #expect(!failure.reason.contains("guessed"))
        #expect(failure.isHopeless)
    }

    @Test("that the server puts off is told as such, and taken the second time")
    func greylisting() throws {
        let address = "later@\(mark()).example.org"
        let first = try failure(try server("smtps"), to: address)
        #expect(!first.isHopeless)
        #expect(first.reason.contains("451"))
        let mark = mark()
        try MailChannel(try server("smtps"), to: address).send(Messages.failed(mark))
        #expect(try servers.arrived("mail", mark).count == 1)
    }

    @Test("to nobody is refused for good")
    func nobody() throws {
        let failure = try failure(try server("smtps"), to: "nobody@example.org")
        #expect(failure.isHopeless)
        #expect(failure.reason.contains("550"))
    }

    @Test("to a server that says nothing ends in time")
    func silence() throws {
        let failure = try failure(try server("silent"), within: .seconds(2))
        #expect(failure.reason.hasPrefix("localhost did not answer in time"))
        #expect(!failure.isHopeless)
    }

    @Test("to a server that is not there is tried again")
    func absent() throws {
        var server = try server("smtps")
        server.url = "smtps://localhost:1"
        let failure = try failure(server)
        #expect(failure.reason.hasPrefix("localhost cannot be reached"))
        #expect(!failure.isHopeless)
    }

    @Test("needs a password file that only its owner reads")
    func openFile() throws {
        var server = try server("smtps")
        let path = try servers.secretFile(MessageServers.password, mode: 0o644)
        server.passwordFile = path
        let failure = try failure(server)
        #expect(
            failure.reason
                == "\(path) holds a secret and everybody may read or change it: 'chmod o= \(path)', and change the secret."
        )
    }

    @Test(
        "goes to no address that could be a command",
        arguments: ["a b@c.d", "a@b.c>\r\nRCPT TO:<x@y.z", "@b", "a@", "a@b c"])
    func address(_ address: String) throws {
        #expect(try failure(try server("smtps"), to: address).isHopeless)
    }
}
