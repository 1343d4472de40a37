import Primitives

extension TimeZoneRules {
    private static let magic = Array("TZif".utf8)
    private static let mostTransitions = 100_000
    /// RFC 9636, 3.2: from more than -25 to less than 26 hours.
    private static let offsets: ClosedRange<Int64> = -89_999...93_599

    /// Reads a TZif file (RFC 9636, versions 1 to 4). Throws with the end of a sentence that begins with the file's name.
    package init(parsing bytes: [UInt8]) throws(EncodingError) {
        self = try ByteReader.reading(bytes) { reader throws(EncodingError) in try Self.read(&reader) }
    }

    private struct Header {
        var version: UInt8
        var utcIndicators, standardIndicators, leapSeconds, transitions, types, characters: Int

        init(_ reader: inout ByteReader) throws(EncodingError) {
            guard reader.remaining >= 44, Array(try reader.take(4)) == magic else {
                throw EncodingError("is no TZif file (RFC 9636)")
            }
            let mark = try reader.u8()
            // 0 is version 1; the others are digits. Later versions will be readable as version 4.
            version = mark == 0 ? 1 : mark &- UInt8(ascii: "0")
            guard (1...9).contains(version), mark == 0 || version > 1 else {
                throw EncodingError("is a TZif file of an unknown version")
            }
            _ = try reader.take(15)
            func count() throws(EncodingError) -> Int { Int(try reader.u32().byteSwapped) }
            (utcIndicators, standardIndicators, leapSeconds) = (try count(), try count(), try count())
            (transitions, types, characters) = (try count(), try count(), try count())
        }

        func size(ofTime width: Int) -> Int {
            transitions * (width + 1) + types * 6 + characters + leapSeconds * (width + 4) + standardIndicators
                + utcIndicators
        }
    }

    private static func read(_ reader: inout ByteReader) throws(EncodingError) -> TimeZoneRules {
        let header = try Header(&reader)
        guard header.version >= 2 else { return try block(header, &reader, width: 4, rule: { _ in nil }) }
        _ = try reader.take(header.size(ofTime: 4))
        return try block(try Header(&reader), &reader, width: 8) { reader throws(EncodingError) in try footer(&reader) }
    }

    private static func block(
        _ header: Header, _ reader: inout ByteReader, width: Int,
        rule: (inout ByteReader) throws(EncodingError) -> DaylightRule?
    ) throws(EncodingError) -> TimeZoneRules {
        guard header.types > 0, header.types <= 256, header.transitions <= mostTransitions else {
            throw EncodingError("is damaged: it has \(header.types) types of local time")
        }
        guard header.leapSeconds == 0 else {
            throw EncodingError("counts leap seconds, as the system's clock does not; use the zone without 'right/'")
        }
        var times: [Int64] = []
        for _ in 0..<header.transitions { times.append(try time(&reader, width)) }
        guard zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw EncodingError("is damaged: its transitions do not ascend")
        }
        let indices = Array(try reader.take(header.transitions))
        var types: [Int64] = []
        for _ in 0..<header.types { types.append(try type(&reader)) }
        guard indices.allSatisfy({ Int($0) < types.count }) else {
            throw EncodingError("is damaged: a transition leads to a type of local time that is not there")
        }
        _ = try reader.take(header.characters + header.standardIndicators + header.utcIndicators)
        let transitions = zip(times, indices).map { Transition(time: $0, offset: types[Int($1)]) }
        return TimeZoneRules(first: types[0], transitions: transitions, rule: try rule(&reader))
    }

    private static func time(_ reader: inout ByteReader, _ width: Int) throws(EncodingError) -> Int64 {
        let value =
            width == 4
            ? Int64(Int32(bitPattern: try reader.u32().byteSwapped)) : Int64(bitPattern: try reader.u64().byteSwapped)
        return min(max(value, always.lowerBound), always.upperBound)
    }

    private static func type(_ reader: inout ByteReader) throws(EncodingError) -> Int64 {
        let offset = Int64(Int32(bitPattern: try reader.u32().byteSwapped))
        _ = try reader.take(2)
        guard offsets.contains(offset) else { throw EncodingError("is damaged: a clock is \(offset) s off UTC") }
        return offset
    }

    private static func footer(_ reader: inout ByteReader) throws(EncodingError) -> DaylightRule? {
        let rest = Array(try reader.take(reader.remaining))
        guard rest.first == UInt8(ascii: "\n"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\n")) else {
            throw EncodingError("is damaged: its last line is missing")
        }
        let text = rest[1..<end]
        return text.isEmpty ? nil : try DaylightRule(parsing: text)
    }
}
