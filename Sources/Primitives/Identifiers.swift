/// A 32-byte value: a SHA-256 digest, a chunk id, an object's name. Ordered as its bytes are.
package struct Digest32: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The four quarters, each big-endian, so that comparing them in turn compares the bytes.
    package var a, b, c, d: UInt64

    package static let zero = Digest32(a: 0, b: 0, c: 0, d: 0)

    @inlinable package init(a: UInt64, b: UInt64, c: UInt64, d: UInt64) {
        (self.a, self.b, self.c, self.d) = (a, b, c, d)
    }

    /// Reads the first 32 bytes of `bytes`; the caller has checked that there are as many.
    @inlinable @inline(__always) package init(loading bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= 32)
        a = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        b = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        c = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        d = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self = Array(bytes).withUnsafeBytes { Digest32(loading: $0) }
    }

    package init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex), let value = Digest32(bytes: bytes) else { return nil }
        self = value
    }

    @inlinable package func store(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= 32)
        bytes.storeBytes(of: a.bigEndian, toByteOffset: 0, as: UInt64.self)
        bytes.storeBytes(of: b.bigEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: c.bigEndian, toByteOffset: 16, as: UInt64.self)
        bytes.storeBytes(of: d.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            store(into: UnsafeMutableRawBufferPointer(buffer))
            count = 32
        }
    }

    package var hex: String { Hex.encode(bytes) }
    package var description: String { hex }

    package static func < (x: Digest32, y: Digest32) -> Bool {
        (x.a, x.b, x.c, x.d) < (y.a, y.b, y.c, y.d)
    }

    /// The first 16 bytes: what an index holds of an id.
    @inlinable package var prefix: Prefix16 { Prefix16(high: a, low: b) }
}

/// The first 16 bytes of an id.
package struct Prefix16: Hashable, Comparable, Sendable {
    package var high, low: UInt64

    @inlinable package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    @inlinable @inline(__always) package init(loading bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= 16)
        high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    @inlinable package func store(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= 16)
        bytes.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
        bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    @inlinable package static func == (x: Prefix16, y: Prefix16) -> Bool { x.high == y.high && x.low == y.low }
    @inlinable package static func < (x: Prefix16, y: Prefix16) -> Bool { (x.high, x.low) < (y.high, y.low) }
}

/// A 16-byte random identifier. `Tag` keeps a writer's from being taken for a domain's.
package struct Identifier<Tag>: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var value: Prefix16

    package init(_ value: Prefix16) { self.value = value }

    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        value = Array(bytes).withUnsafeBytes { Prefix16(loading: $0) }
    }

    package init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex), let id = Identifier(bytes: bytes) else { return nil }
        self = id
    }

    package static func random(using generator: inout some RandomNumberGenerator) -> Identifier {
        Identifier(Prefix16(high: generator.next(), low: generator.next()))
    }

    package static func random() -> Identifier {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    package static var zero: Identifier { Identifier(Prefix16(high: 0, low: 0)) }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            value.store(into: UnsafeMutableRawBufferPointer(buffer))
            count = 16
        }
    }

    package var hex: String { Hex.encode(bytes) }
    package var description: String { hex }
    package static func < (x: Identifier, y: Identifier) -> Bool { x.value < y.value }
}

package enum RepositoryTag {}
package enum DomainTag {}
package enum WriterTag {}
package enum SessionTag {}
package enum RecipientTag {}
package enum ObjectTag {}
package enum MediumTag {}
package typealias RepositoryID = Identifier<RepositoryTag>
/// Within a domain chunks are deduplicated; every host has its own unless it was made to share one.
package typealias DomainID = Identifier<DomainTag>
package typealias WriterID = Identifier<WriterTag>
package typealias SessionID = Identifier<SessionTag>
package typealias MediumID = Identifier<MediumTag>
package typealias RecipientID = Identifier<RecipientTag>
/// The random salt of one sealed object; a pack key belongs to exactly one.
package typealias SealedObjectID = Identifier<ObjectTag>
/// The keyed id of a chunk's type and plaintext.
package typealias ChunkID = Digest32
