/// Whether text is JSON (RFC 8259), or a line of it after another; by its structure, not by what it means.
struct JSONCheck: ContentCheck {
    private enum Place: Equatable { case value, nameOrEnd, name, colon, commaOrEnd, between }
    private enum Token: Equatable { case none, string(escaped: Int), word([UInt8]) }

    private var place = Place.value
    private var open: [UInt8] = []
    private var token = Token.none
    private var problem: UInt64?
    private var count: UInt64 = 0
    private var values = 0

    private static let deepest = 4096
    private static let words = [Array("true".utf8), Array("false".utf8), Array("null".utf8)]

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes where problem == nil {
            if !step(byte) { problem = count }
            count += 1
        }
    }

    private mutating func step(_ byte: UInt8) -> Bool {
        switch token {
        case .string(let escaped):
            if escaped > 1 {
                token = .string(escaped: escaped - 1)
                return Self.isHex(byte)
            }
            if escaped == 1 {
                token = .string(escaped: byte == 0x75 ? 5 : 0)
                return Array("\"\\/bfnrtu".utf8).contains(byte)
            }
            guard byte >= 0x20 else { return false }
            if byte == 0x5C { token = .string(escaped: 1) }
            if byte == 0x22 { return end() }
            return true
        case .word(let word):
            if Self.isOfWord(byte), word.count < 4096 {
                token = .word(word + [byte])
                return true
            }
            guard Self.words.contains(word) || Self.isNumber(word) else { return false }
            return end() && structure(byte)
        case .none: return structure(byte)
        }
    }

    /// A value, or a member's name, is over.
    private mutating func end() -> Bool {
        token = .none
        if place == .name {
            place = .colon
        } else {
            values += open.isEmpty ? 1 : 0
            place = open.isEmpty ? .between : .commaOrEnd
        }
        return true
    }

    private mutating func structure(_ byte: UInt8) -> Bool {
        if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { return true }
        switch (place, byte) {
        case (.value, 0x7B), (.value, 0x5B), (.between, 0x7B), (.between, 0x5B):
            guard open.count < Self.deepest else { return false }
            open.append(byte)
            place = byte == 0x7B ? .nameOrEnd : .value
            isFresh = byte == 0x5B
            return true
        case (.value, 0x5D) where isFresh && open.last == 0x5B, (.commaOrEnd, 0x5D) where open.last == 0x5B,
            (.commaOrEnd, 0x7D) where open.last == 0x7B, (.nameOrEnd, 0x7D):
            open.removeLast()
            isFresh = false
            return end()
        case (.nameOrEnd, 0x22), (.name, 0x22):
            place = .name
            token = .string(escaped: 0)
            return true
        case (.colon, 0x3A):
            (place, isFresh) = (.value, false)
            return true
        case (.commaOrEnd, 0x2C):
            (place, isFresh) = (open.last == 0x7B ? .name : .value, false)
            return true
        case (.value, 0x22), (.between, 0x22):
            (place, token) = (.value, .string(escaped: 0))
            return true
        case (.value, _) where Self.isOfWord(byte), (.between, _) where Self.isOfWord(byte):
            (place, token) = (.value, .word([byte]))
            return true
        default: return false
        }
    }

    /// Whether an array has just been opened, so that it may be closed.
    private var isFresh = false

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || [0x2B, 0x2D, 0x2E].contains(byte)
    }

    private static func isNumber(_ word: [UInt8]) -> Bool {
        var rest = word[...]
        func digits() -> Int {
            let found = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(found)
            return found
        }
        if rest.first == 0x2D { rest = rest.dropFirst() }
        let leadsWithZero = rest.first == 0x30
        let whole = digits()
        guard whole > 0, !(leadsWithZero && whole > 1) else { return false }
        if rest.first == 0x2E {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if let sign = rest.first, sign & 0xDF == 0x45 {
            rest = rest.dropFirst()
            if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    func verdict() -> Validity {
        var whole = self
        // A number at the end has nothing behind it that ends it.
        if case .word = token, problem == nil, !whole.step(0x0A) { return .damaged("ends in the middle") }
        if let problem { return .damaged("is no JSON from byte \(problem) on") }
        return whole.place == .between && whole.token == .none && whole.values > 0
            ? .valid : .damaged("ends in the middle")
    }
}
