import Primitives
import Strategy

@testable import Notification

enum Messages {
    static let time = Timestamp(description: "2026-11-25T20:47:32Z") ?? Timestamp(nanoseconds: 0)

    static func failed(_ mark: String, summary: String = "The backup of 'documentation' failed.") -> ComposedMessage {
        let event = Event(
            .backupFailed, "backup/documentation", .error, at: time, summary,
            meaning: "The newest good backup is 7 h old; the objective is 4 h.",
            advice: "Look whether the disk is full.", detail: "storage-full: no space left on device")
        var item = Notice.Item(.opened, event, incident: 17)
        item.others = ["ben"]
        return ComposedMessage(
            Notice(to: "anna", made: time.advancedForTest(3600), items: [item]), identifier: mark,
            thread: "\(mark).incident.17", from: MessageSender(project: "iqhis", host: "backup-1"))
    }
}

extension Timestamp {
    func advancedForTest(_ seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds + seconds * 1_000_000_000)
    }
}
