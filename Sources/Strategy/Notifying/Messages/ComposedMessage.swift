import Primitives

/// Who sends: stands in every message.
package struct MessageSender: Sendable, Equatable {
    package var project: String
    package var host: String

    package init(project: String, host: String) { (self.project, self.host) = (project, host) }
}

/// A message as it goes out, whatever the channel.
package struct ComposedMessage: Sendable, Equatable {
    package var sender: MessageSender
    package var notice: Notice
    /// Is the same each time that this message is tried.
    package var identifier: String
    package var thread: String?
    package var subject: String
    package var text: String
    /// A whole page.
    package var html: String

    package init(_ attempt: DeliveryAttempt, from sender: MessageSender) {
        self.init(attempt.notice, identifier: attempt.identifier, thread: attempt.thread, from: sender)
    }

    package init(_ notice: Notice, identifier: String, thread: String? = nil, from sender: MessageSender) {
        (self.sender, self.notice, self.identifier, self.thread) = (sender, notice, identifier, thread)
        let wording = NoticeWording(notice, sender)
        subject = wording.subject
        text = MessageText.of(wording)
        html = MessageHTML.of(wording)
    }

    package var severity: Severity { notice.severity }

    /// Name of the event, or "digest" where there are several.
    package var event: String { notice.items.count == 1 ? notice.items[0].event.kind.name : "digest" }

    /// The only incident that it is about.
    package var incident: Int64? { notice.items.count == 1 ? notice.items[0].incident : nil }

    /// Whether all that it tells is over.
    package var isRecovery: Bool { notice.items.allSatisfy { $0.ended != nil } }
}

/// A true message that tells that nothing is wrong: what 'safehold notify test' sends.
extension Notice {
    package static func test(to contact: Contact, at now: Timestamp, by user: String) -> Notice {
        let event = Event(
            .test, "test/\(contact.name)", .info, at: now,
            "\(user) asked for a test message to \(contact.name) (\(contact.roles.joined(separator: ", "))).",
            meaning: "Messages of this kind arrive here. Nothing is wrong.", advice: "Nothing has to be done.")
        return Notice(to: contact.name, made: now, items: [Notice.Item(.once, event)])
    }
}
