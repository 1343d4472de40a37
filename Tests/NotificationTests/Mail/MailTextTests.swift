import Primitives
import Strategy
import TestSupport
import Testing

@testable import Notification

@Suite("A message as mail")
struct MailTextTests {
    private func mail(_ summary: String, project: String = "iqhis", key: String = "backup/documentation") throws
        -> String
    {
        var message = Messages.failed("o.1", summary: summary)
        var notice = message.notice
        notice.items[0].event.key = key
        message = ComposedMessage(
            notice, identifier: "o.1", thread: nil, from: MessageSender(project: project, host: "h"))
        return MailText.of(
            message, from: try #require(MailAddress("a@b.org")), to: try #require(MailAddress("c@d.org")))
    }

    @Test("has short lines of ASCII that end in CRLF, whatever is in it")
    func lines() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<300 {
            let text = String(decoding: random.bytes(Int(random.next() % 400)), as: UTF8.self)
            let mail = try mail(text, project: String(text.prefix(40)), key: "backup/" + text)
            let lines = mail.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(
                lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 9 } }
            )
            let headers = lines.prefix { !$0.isEmpty }
            let names = headers.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
            #expect(
                names == [
                    "Date", "From", "To", "Message-ID", "Subject", "Auto-Submitted", "X-Safehold-Event",
                    "X-Safehold-Severity", "Importance", "MIME-Version", "Content-Type",
                ])
        }
    }

    @Test(
        "names its day as calendars do",
        arguments: [
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 +0000"),
            ("2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 +0000"),
            ("2026-11-25T20:47:32Z", "Wed, 25 Nov 2026 20:47:32 +0000"),
            ("1969-12-31T12:00:00Z", "Wed, 31 Dec 1969 12:00:00 +0000"),
        ])
    func date(_ time: String, _ text: String) throws {
        #expect(MailText.date(try #require(Timestamp(description: time))) == text)
    }

    @Test("takes addresses of servers only where nothing is hidden in them")
    func server() {
        #expect(MailServerAddress("smtps://mail.example.org:465")?.host == "mail.example.org")
        #expect(MailServerAddress("smtp://[::1]:587/")?.host == "[::1]")
        for text in [
            "mail.example.org", "http://a", "smtps://", "smtps://user:word@host", "smtps://host:0", "smtps://host:x",
            "smtps://host/path", "smtps://ho st", "smtps://host\r\n", "SMTPS://host",
        ] { #expect(MailServerAddress(text) == nil, "\(text)") }
    }
}
