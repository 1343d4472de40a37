/// An extensible record: (varint tag, counted value) pairs, tags strictly ascending, so that every record has one encoding.
/// A reader skips tags it does not know.
package struct Fields: Sendable, Equatable {
    package private(set) var values: [UInt64: [UInt8]] = [:]

    package init() {}

    package init(decoding bytes: UnsafeRawBufferPointer) throws(EncodingError) {
        var reader = ByteReader(bytes)
        var last: UInt64 = 0
        while !reader.isAtEnd {
            let tag = try reader.varint()
            guard tag > last else { throw EncodingError("has field \(tag) after field \(last)") }
            values[tag] = Array(try reader.counted())
            last = tag
        }
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in try Fields(decoding: reader.base) }
    }

    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        for (tag, value) in values.sorted(by: { $0.key < $1.key }) {
            writer.varint(tag)
            writer.counted(value)
        }
        return writer.bytes
    }

    package subscript(_ tag: UInt64) -> [UInt8]? {
        get { values[tag] }
        set { values[tag] = newValue }
    }

    package mutating func set(_ tag: UInt64, integer: UInt64) {
        var writer = ByteWriter()
        writer.u64(integer)
        values[tag] = writer.bytes
    }

    package mutating func set(_ tag: UInt64, text: String) { values[tag] = Array(text.utf8) }

    package mutating func set(_ tag: UInt64, list: [[UInt8]]) {
        var writer = ByteWriter()
        writer.varint(list.count)
        for item in list { writer.counted(item) }
        values[tag] = writer.bytes
    }

    private func needed(_ tag: UInt64) throws(EncodingError) -> [UInt8] {
        guard let value = values[tag] else { throw EncodingError("lacks field \(tag)") }
        return value
    }

    package func bytes(_ tag: UInt64) throws(EncodingError) -> [UInt8] { try needed(tag) }
    package func text(_ tag: UInt64) throws(EncodingError) -> String {
        String(decoding: try needed(tag), as: UTF8.self)
    }

    package func integer(_ tag: UInt64) throws(EncodingError) -> UInt64 {
        let value = try needed(tag)
        guard value.count == 8 else { throw EncodingError("has a field \(tag) of \(value.count) bytes, not 8") }
        return value.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    /// An integer that has its meaning in 32 bits: a larger one is not cut down to another.
    package func integer32(_ tag: UInt64) throws(EncodingError) -> UInt32 {
        guard let value = UInt32(exactly: try integer(tag)) else {
            throw EncodingError("has a field \(tag) beyond 32 bits")
        }
        return value
    }

    package func digest(_ tag: UInt64) throws(EncodingError) -> Digest32 {
        guard let value = Digest32(bytes: try needed(tag)) else {
            throw EncodingError("has a field \(tag) that is not 32 bytes")
        }
        return value
    }

    package func identifier<Tag>(_ tag: UInt64) throws(EncodingError) -> Identifier<Tag> {
        guard let value = Identifier<Tag>(bytes: try needed(tag)) else {
            throw EncodingError("has a field \(tag) that is not 16 bytes")
        }
        return value
    }

    package func list(_ tag: UInt64) throws(EncodingError) -> [[UInt8]] {
        try ByteReader.reading(try needed(tag)) { (reader) throws(EncodingError) in
            let count = try reader.count(ofAtLeast: 1)
            var items: [[UInt8]] = []
            for _ in 0..<count { items.append(Array(try reader.counted())) }
            guard reader.isAtEnd else { throw EncodingError("has a field \(tag) that goes on behind its list") }
            return items
        }
    }
}
