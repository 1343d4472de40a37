import Primitives

extension Delivery {
    var fields: Fields {
        var fields = Fields()
        fields.set(1, integer: UInt64(bitPattern: number))
        fields[2] = notice.fields.encoded()
        fields.set(3, list: channels.map { $0.fields.encoded() })
        fields.set(4, flag: isForwarded)
        return fields
    }

    init(_ fields: Fields) throws(EncodingError) {
        self.init(
            Int64(bitPattern: try fields.integer(1)), try Notice(Fields(decoding: try fields.bytes(2))), over: [])
        for bytes in try fields.list(3) { channels.append(try Progress(Fields(decoding: bytes))) }
        isForwarded = fields.flag(4)
    }
}

extension Delivery.Progress {
    fileprivate var fields: Fields {
        var fields = Fields()
        fields.set(1, texts: channel.words)
        fields.set(2, text: state.rawValue)
        fields.set(3, number: attempts)
        fields.set(4, time: next)
        fields.set(5, time: begun)
        fields.set(6, flag: isHopeless)
        fields.set(7, optional: error)
        return fields
    }

    fileprivate init(_ fields: Fields) throws(EncodingError) {
        self.init(try Contact.Channel(words: try fields.texts(1)), next: try fields.time(4))
        state = try fields.word(2)
        attempts = try fields.number(3)
        begun = try fields.optionalTime(5)
        isHopeless = fields.flag(6)
        error = try fields.optionalText(7)
    }
}

extension Contact.Channel {
    fileprivate var words: [String] {
        switch self {
        case .email(let address): ["email", address]
        case .webhook(let url, let secretFile): ["webhook", url, secretFile]
        case .command(let words): ["command"] + words
        }
    }

    fileprivate init(words: [String]) throws(EncodingError) {
        switch words.first {
        case "email" where words.count == 2: self = .email(address: words[1])
        case "webhook" where words.count == 3: self = .webhook(url: words[1], secretFile: words[2])
        case "command": self = .command(Array(words.dropFirst()))
        default: throw EncodingError("has no channel in \(words.count) words")
        }
    }
}
