import Primitives
import Sealing

/// A row of what this room keeps. What its bytes mean is nobody else's business.
package struct KeptRow: Sendable, Hashable {
    package enum Table: String, Sendable, CaseIterable {
        /// What there is one of: clock, rules, the desk where people sign in.
        case note, person, role, credential, authenticator, signer, session, request, words, signature, proof, service
        case signingPeriod = "signing_period"
    }

    package let table: Table
    package let key: [UInt8]
    package let bytes: [UInt8]

    package init(_ table: Table, key: [UInt8], bytes: [UInt8]) {
        (self.table, self.key, self.bytes) = (table, key, bytes)
    }

    init(_ table: Table, _ key: [UInt8], _ fill: (inout ByteWriter) -> Void) {
        var writer = ByteWriter()
        writer.u8(Self.version)
        fill(&writer)
        self.init(table, key: key, bytes: writer.bytes)
    }

    /// Of all rows; another one is not read.
    private static let version: UInt8 = 1

    func read<Value>(_ body: (inout ByteReader) throws(EncodingError) -> Value) throws(EncodingError) -> Value {
        try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            guard try reader.u8() == Self.version else { throw EncodingError("is of another version") }
            let value = try body(&reader)
            guard reader.isAtEnd else { throw EncodingError("goes on behind its end") }
            return value
        }
    }
}

extension ByteWriter {
    mutating func duration(_ value: Duration) {
        signed(value.components.seconds)
        signed(value.components.attoseconds)
    }

    mutating func time(_ value: Timestamp) { signed(value.nanoseconds) }
    mutating func flag(_ value: Bool) { u8(value ? 1 : 0) }

    mutating func moment(_ value: Moment) {
        time(value.wall)
        duration(value.shortest)
        duration(value.longest)
        raw(value.start.bytes)
    }

    mutating func optional<Value>(_ value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
        flag(value != nil)
        if let value { body(&self, value) }
    }

    mutating func list<Value>(_ values: [Value], _ body: (inout ByteWriter, Value) -> Void) {
        varint(values.count)
        for value in values { body(&self, value) }
    }
}

extension ByteReader {
    mutating func duration() throws(EncodingError) -> Duration {
        Duration(secondsComponent: try signed(), attosecondsComponent: try signed())
    }

    mutating func time() throws(EncodingError) -> Timestamp { Timestamp(nanoseconds: try signed()) }

    mutating func flag() throws(EncodingError) -> Bool {
        switch try u8() {
        case 0: false
        case 1: true
        default: throw EncodingError("has a flag that is none")
        }
    }

    mutating func moment() throws(EncodingError) -> Moment {
        Moment(wall: try time(), shortest: try duration(), longest: try duration(), start: try identifier())
    }

    mutating func optional<Value>(
        _ body: (inout ByteReader) throws(EncodingError) -> Value
    ) throws(EncodingError) -> Value? {
        try flag() ? try body(&self) : nil
    }

    mutating func list<Value>(
        _ body: (inout ByteReader) throws(EncodingError) -> Value
    ) throws(EncodingError) -> [Value] {
        let count = try self.count(ofAtLeast: 1)
        var values: [Value] = []
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }

    /// A word that stands for a value of ours.
    mutating func word<Value>(_ make: (String) -> Value?) throws(EncodingError) -> Value {
        guard let value = make(try countedString()) else { throw EncodingError("has a word that is not known") }
        return value
    }
}
