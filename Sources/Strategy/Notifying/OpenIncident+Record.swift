import Primitives

extension OpenIncident {
    var fields: Fields {
        var fields = Fields()
        fields.set(1, integer: UInt64(bitPattern: number))
        fields[2] = event.fields.encoded()
        fields.set(3, text: peak.rawValue)
        fields.set(4, time: opened)
        fields.set(5, time: raised)
        fields.set(6, time: seen)
        fields.set(7, number: occurrences)
        fields.set(8, time: told)
        fields.set(9, texts: audience)
        fields.set(10, texts: escalations)
        fields.set(11, optional: acknowledged?.by)
        fields.set(12, time: acknowledged?.time)
        return fields
    }

    init(_ fields: Fields) throws(EncodingError) {
        self.init(
            number: Int64(bitPattern: try fields.integer(1)), event: try Event(Fields(decoding: try fields.bytes(2))),
            peak: try fields.word(3), opened: try fields.time(4), raised: try fields.time(5), seen: try fields.time(6),
            occurrences: try fields.number(7), told: try fields.time(8), audience: try fields.texts(9),
            escalations: try fields.texts(10))
        if let name = try fields.optionalText(11) {
            acknowledged = Acknowledgement(by: name, time: try fields.time(12))
        }
    }
}

extension Mailbox {
    var fields: Fields {
        var fields = Fields()
        fields.set(1, list: gathered.map { $0.fields.encoded() })
        fields.set(2, list: recent.map { Array(String($0.nanoseconds).utf8) })
        fields.set(3, time: quietUntil)
        return fields
    }

    init(_ fields: Fields) throws(EncodingError) {
        self.init()
        for bytes in try fields.list(1) { gathered.append(try Gathered(Fields(decoding: bytes))) }
        for text in try fields.texts(2) {
            guard let time = Int64(text) else { throw EncodingError("has the time '\(text)'") }
            recent.append(Timestamp(nanoseconds: time))
        }
        quietUntil = try fields.optionalTime(3)
    }
}

extension Mailbox.Gathered {
    fileprivate var fields: Fields {
        var fields = Fields()
        fields[1] = item.fields.encoded()
        fields.set(2, time: time)
        fields.set(3, flag: isUrgent)
        fields.set(4, flag: isFirst)
        return fields
    }

    fileprivate init(_ fields: Fields) throws(EncodingError) {
        self.init(
            item: try Notice.Item(Fields(decoding: try fields.bytes(1))), time: try fields.time(2),
            isUrgent: fields.flag(3), isFirst: fields.flag(4))
    }
}
