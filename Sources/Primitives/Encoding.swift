/// Writes the canonical encoding: little-endian integers, LEB128 varints, length-prefixed bytes.
package struct ByteWriter: Sendable {
    package internal(set) var bytes: [UInt8]

    package init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    package var count: Int { bytes.count }
    @inlinable package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    @inlinable package mutating func u8(_ value: UInt8) { bytes.append(value) }
    @inlinable package mutating func u16(_ value: UInt16) { append(integer: value) }
    @inlinable package mutating func u32(_ value: UInt32) { append(integer: value) }
    @inlinable package mutating func u64(_ value: UInt64) { append(integer: value) }

    @inlinable mutating func append<T: FixedWidthInteger>(integer: T) {
        withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Unsigned LEB128.
    @inlinable package mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    @inlinable package mutating func varint(_ value: Int) { varint(UInt64(value)) }

    /// Zigzag, then LEB128.
    @inlinable package mutating func signed(_ value: Int64) {
        varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    @inlinable package mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }
    @inlinable package mutating func raw(_ value: UnsafeRawBufferPointer) { bytes.append(contentsOf: value) }

    @inlinable package mutating func digest(_ value: Digest32) {
        for quarter in [value.a, value.b, value.c, value.d] {
            withUnsafeBytes(of: quarter.bigEndian) { bytes.append(contentsOf: $0) }
        }
    }

    /// A varint length, then the bytes.
    @inlinable package mutating func counted(_ value: some Collection<UInt8>) {
        varint(value.count)
        bytes.append(contentsOf: value)
    }

    @inlinable package mutating func counted(_ value: String) { counted(value.utf8) }

    @inlinable package mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }
}

/// What is wrong with bytes that should have been canonical. Where they came from is for the caller to say.
package struct EncodingError: Error, Equatable, Sendable {
    package var problem: String
    package init(_ problem: String) { self.problem = problem }
}

/// Reads the canonical encoding from borrowed bytes. Every length is checked against what is left before anything is allocated.
package struct ByteReader {
    package let base: UnsafeRawBufferPointer
    package internal(set) var offset = 0

    package init(_ base: UnsafeRawBufferPointer) { self.base = base }

    package var remaining: Int { base.count - offset }
    package var isAtEnd: Bool { offset == base.count }

    @inlinable package mutating func take(_ count: Int) throws(EncodingError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw EncodingError("ends \(count - remaining) bytes early") }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: base[offset..<offset + count])
    }

    @inlinable package mutating func u8() throws(EncodingError) -> UInt8 {
        guard offset < base.count else { throw EncodingError("ends early") }
        defer { offset += 1 }
        return base[offset]
    }

    package mutating func u16() throws(EncodingError) -> UInt16 { try integer() }
    package mutating func u32() throws(EncodingError) -> UInt32 { try integer() }
    package mutating func u64() throws(EncodingError) -> UInt64 { try integer() }

    private mutating func integer<T: FixedWidthInteger>() throws(EncodingError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    @inlinable package mutating func varint() throws(EncodingError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try u8()
            guard shift < 63 || byte <= 1 else { throw EncodingError("has a number beyond 64 bits") }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0 else {
                    throw EncodingError("has a number that is not in its shortest form")
                }
                return value
            }
            shift += 7
        }
    }

    /// A varint that counts things of at least `size` bytes each still to come, so it cannot ask for more than there is.
    package mutating func count(ofAtLeast size: Int) throws(EncodingError) -> Int {
        let value = try varint()
        guard value <= UInt64(remaining / size) else {
            throw EncodingError("counts \(value) items where \(remaining) bytes are left")
        }
        return Int(value)
    }

    package mutating func signed() throws(EncodingError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    @inlinable package mutating func digest() throws(EncodingError) -> Digest32 { Digest32(loading: try take(32)) }

    package mutating func identifier<Tag>() throws(EncodingError) -> Identifier<Tag> {
        Identifier(Prefix16(loading: try take(16)))
    }

    package mutating func counted() throws(EncodingError) -> UnsafeRawBufferPointer {
        let value = try varint()
        guard value <= UInt64(remaining) else {
            throw EncodingError("has a field of \(value) bytes where \(remaining) are left")
        }
        return try take(Int(value))
    }

    package mutating func countedString() throws(EncodingError) -> String {
        String(decoding: try counted(), as: UTF8.self)
    }
}

extension ByteReader {
    /// Reads from an array's bytes.
    package static func reading<R>(
        _ bytes: [UInt8], _ body: (inout ByteReader) throws(EncodingError) -> R
    ) throws(EncodingError) -> R {
        let result: Result<R, EncodingError> = bytes.withUnsafeBytes { raw in
            var reader = ByteReader(raw)
            do throws(EncodingError) { return .success(try body(&reader)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
