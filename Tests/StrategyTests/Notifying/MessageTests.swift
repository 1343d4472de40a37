import Primitives
import TestSupport
import Testing

@testable import Strategy

@Suite("What messages say")
struct MessageTests {
    static let time = Timestamp(description: "2026-11-25T04:00:00Z")!
    static let sender = MessageSender(project: "iqhis", host: "backup-1")

    static func item(_ reason: Notice.Reason, _ kind: EventKind = .backupFailed) -> Notice.Item {
        var item = Notice.Item(
            reason,
            Event(
                kind, "backup/documentation", .error, at: time,
                "The backup of 'documentation' failed: the store cannot be reached.",
                meaning: "The newest good backup is 7 h old; the objective is 4 h.",
                advice: "Check the network and the store's service.", detail: "storage-failed: connection refused"),
            incident: 17, since: time)
        item.others = ["ben", "carla"]
        item.occurrences = 3
        return item
    }

    static func message(_ items: [Notice.Item], after hours: Int64 = 1) -> ComposedMessage {
        ComposedMessage(
            Notice(to: "anna", made: time.later(by: .seconds(hours * 3600)), items: items), identifier: "o.1",
            from: sender)
    }

    @Test("each reason has its words", arguments: Notice.Reason.allCases)
    func reasons(_ reason: Notice.Reason) throws {
        var item = Self.item(reason)
        if reason == .over { item.ended = Self.time.later(by: .seconds(2400)) }
        if reason == .once { (item.incident, item.occurrences) = (nil, 1) }
        let message = Self.message([item])
        try Golden.compare("\(message.subject)\n\n\(message.text)", "\(reason.rawValue).txt", beside: #filePath)
    }

    @Test("several are one message, the worst first, as text and as a page")
    func several() throws {
        var over = Self.item(.opened)
        over.ended = Self.time.later(by: .seconds(60))
        var warning = Self.item(.opened, .reviewDue)
        (warning.event.severity, warning.event.key) = (.warning, "review/strategy")
        let message = Self.message([over, warning, Self.item(.opened)])
        #expect(message.subject == "[iqhis] 3 messages: 1 error, 1 warning, 1 over")
        try Golden.compare(message.text, "several.txt", beside: #filePath)
        try Golden.compare(message.html, "several.html", beside: #filePath)
    }

    @Test("what others named moves no cursor and is no markup")
    func hostile() {
        var item = Self.item(.opened)
        item.event.summary = "<script>alert('x')</script>\u{1B}[2J\u{202E}"
        item.event.detail = "a\nb\u{7}\r\nc & d"
        let message = Self.message([item])
        #expect(!message.html.contains("<script"))
        #expect(message.html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
        #expect(message.html.contains("c &amp; d"))
        #expect(!message.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(!message.text.contains("\u{202E}"))
    }

    @Test("every kind of event has a title of its own")
    func titles() {
        #expect(Set(EventKind.all.map(\.title)).count == EventKind.all.count)
        #expect(EventKind.all.allSatisfy { $0.title != $0.name })
    }
}
