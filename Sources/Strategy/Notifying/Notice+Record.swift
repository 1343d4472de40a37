import Primitives

extension Event {
    var fields: Fields {
        var fields = Fields()
        fields.set(1, text: kind.name)
        fields.set(2, text: key)
        fields.set(3, text: severity.rawValue)
        fields.set(4, time: time)
        fields.set(5, text: summary)
        fields.set(6, optional: meaning)
        fields.set(7, optional: advice)
        fields.set(8, optional: detail)
        fields.set(9, optional: document?.text)
        fields.set(10, optional: document?.html)
        return fields
    }

    init(_ fields: Fields) throws(EncodingError) {
        self.init(
            EventKind(try fields.text(1)), try fields.text(2), try fields.word(3), at: try fields.time(4),
            try fields.text(5), meaning: try fields.optionalText(6), advice: try fields.optionalText(7),
            detail: try fields.optionalText(8))
        if let text = try fields.optionalText(9) { document = Document(text: text, html: try fields.text(10)) }
    }
}

extension Notice.Item {
    var fields: Fields {
        var fields = Fields()
        fields.set(1, text: reason.rawValue)
        if let incident { fields.set(2, integer: UInt64(bitPattern: incident)) }
        fields[3] = event.fields.encoded()
        fields.set(4, time: since)
        fields.set(5, number: occurrences)
        fields.set(6, time: ended)
        fields.set(7, texts: others)
        return fields
    }

    init(_ fields: Fields) throws(EncodingError) {
        self.init(
            try fields.word(1), try Event(Fields(decoding: try fields.bytes(3))),
            incident: fields[2] == nil ? nil : Int64(bitPattern: try fields.integer(2)), since: try fields.time(4))
        occurrences = try fields.number(5)
        ended = try fields.optionalTime(6)
        others = try fields.texts(7)
    }
}

extension Notice {
    var fields: Fields {
        var fields = Fields()
        fields.set(1, text: contact)
        fields.set(2, time: made)
        fields.set(3, list: items.map { $0.fields.encoded() })
        return fields
    }

    init(_ fields: Fields) throws(EncodingError) {
        self.init(to: try fields.text(1), made: try fields.time(2), items: [])
        for bytes in try fields.list(3) { items.append(try Item(Fields(decoding: bytes))) }
    }
}
