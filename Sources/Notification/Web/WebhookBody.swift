import Primitives
import Strategy

/// What a webhook gets: one JSON object (docs/notifications.md).
package enum WebhookBody {
    package static func of(_ message: ComposedMessage) -> String {
        var object = JSONObject()
        object.set("schema", UInt64(1))
        object.set("type", "notification")
        object.set("id", message.identifier)
        object.set("time", message.notice.made)
        object.set("project", message.sender.project)
        object.set("host", message.sender.host)
        object.set("contact", message.notice.contact)
        object.set("event", message.event)
        object.set("severity", message.severity.rawValue)
        object.set("recovery", message.isRecovery)
        object.set("incident", message.incident.map { UInt64($0) })
        object.set("subject", message.subject)
        object.set("text", message.text)
        object.set("items", .list(message.notice.items.map { item($0) }))
        return object.value.encoded
    }

    private static func item(_ item: Notice.Item) -> JSON {
        var object = JSONObject()
        object.set("reason", item.reason.rawValue)
        object.set("event", item.event.kind.name)
        object.set("key", item.event.key)
        object.set("severity", item.event.severity.rawValue)
        object.set("incident", item.incident.map { UInt64($0) })
        object.set("since", item.since)
        if let ended = item.ended { object.set("ended", ended) }
        object.set("occurrences", UInt64(item.occurrences))
        object.set("summary", item.event.summary)
        object.set("meaning", item.event.meaning ?? item.event.kind.meaning)
        object.set("advice", item.event.advice)
        object.set("detail", item.event.detail)
        object.set("others", item.others)
        return object.value
    }
}
