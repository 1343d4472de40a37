import Primitives

/// CBOR (RFC 8949), as much of it as authenticators send: definite lengths, no tags, no depth that a call stack would not bear.
enum CompactBinary: Sendable, Equatable {
    case integer(Int64)
    case bytes([UInt8])
    case text(String)
    case list([CompactBinary])
    case map([Pair])
    case flag(Bool)
    case null

    struct Pair: Sendable, Equatable {
        var key: CompactBinary
        var value: CompactBinary
    }

    private static let mostDepth = 8

    /// The value at the beginning; what stands behind it stays in the reader.
    init(from reader: inout ByteReader) throws(EncodingError) { self = try Self.value(&reader, depth: Self.mostDepth) }

    /// One value and nothing behind it.
    init(parsing bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            let value = try CompactBinary(from: &reader)
            guard reader.isAtEnd else { throw EncodingError("goes on behind its end") }
            return value
        }
    }

    /// A member of a map; nil where it is none, or has none of that name.
    subscript(_ key: CompactBinary) -> CompactBinary? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    subscript(_ name: String) -> CompactBinary? { self[.text(name)] }
    subscript(_ number: Int64) -> CompactBinary? { self[.integer(number)] }

    var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }

    private static func value(_ reader: inout ByteReader, depth: Int) throws(EncodingError) -> CompactBinary {
        guard depth > 0 else { throw EncodingError("is nested too deeply") }
        let first = try reader.u8()
        let argument = try argument(first & 0x1F, &reader)
        switch first >> 5 {
        case 0: return .integer(try whole(argument))
        case 1: return .integer(-1 - (try whole(argument)))
        case 2: return .bytes(try bytes(argument, &reader))
        case 3:
            guard let text = String(validating: try bytes(argument, &reader), as: UTF8.self) else {
                throw EncodingError("has a text that is none")
            }
            return .text(text)
        case 4: return .list(try list(argument, &reader, depth: depth - 1))
        case 5: return .map(try map(argument, &reader, depth: depth - 1))
        case 7 where first == 0xF4: return .flag(false)
        case 7 where first == 0xF5: return .flag(true)
        case 7 where first == 0xF6: return .null
        default: throw EncodingError("has a value that is not known")
        }
    }

    private static func argument(_ short: UInt8, _ reader: inout ByteReader) throws(EncodingError) -> UInt64 {
        // Big endian, other than everything else that is read here.
        switch short {
        case 0..<24: return UInt64(short)
        case 24: return UInt64(try reader.u8())
        case 25: return UInt64(try reader.u16().byteSwapped)
        case 26: return UInt64(try reader.u32().byteSwapped)
        case 27: return try reader.u64().byteSwapped
        default: throw EncodingError("has a length that is not said")
        }
    }

    private static func whole(_ argument: UInt64) throws(EncodingError) -> Int64 {
        guard let value = Int64(exactly: argument) else { throw EncodingError("has a number that is too large") }
        return value
    }

    private static func bytes(_ count: UInt64, _ reader: inout ByteReader) throws(EncodingError) -> [UInt8] {
        guard let count = Int(exactly: count) else { throw EncodingError("is shorter than it says") }
        return Array(try reader.take(count))
    }

    private static func list(
        _ count: UInt64, _ reader: inout ByteReader, depth: Int
    ) throws(EncodingError) -> [CompactBinary] {
        var values: [CompactBinary] = []
        // Nothing is set aside for a length that is only said: each value takes a byte at least, or the reader ends.
        for _ in 0..<(try bounded(count)) { values.append(try value(&reader, depth: depth)) }
        return values
    }

    private static func map(
        _ count: UInt64, _ reader: inout ByteReader, depth: Int
    ) throws(EncodingError) -> [Pair] {
        var pairs: [Pair] = []
        for _ in 0..<(try bounded(count)) {
            let key = try value(&reader, depth: depth)
            guard !pairs.contains(where: { $0.key == key }) else { throw EncodingError("says something twice") }
            pairs.append(Pair(key: key, value: try value(&reader, depth: depth)))
        }
        return pairs
    }

    private static func bounded(_ count: UInt64) throws(EncodingError) -> Int {
        guard count <= 1024 else { throw EncodingError("has too many members") }
        return Int(count)
    }
}
