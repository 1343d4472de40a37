import Primitives
import Sealing
import Storage

/// What a generation of collection goes through, each step an object of its own below `sweeps/<generation>` (docs/format.md, section 9).
package enum SweepStep: String, Sendable, CaseIterable {
    /// Somebody collects.
    case begin
    /// What no snapshot needed when it was looked at.
    case condemned
    /// From here on it may be removed: whoever commits looks for this after preparing the snapshot.
    case sweep
    /// What of it a snapshot needs all the same.
    case pardoned
    /// Index runs that newer ones took the place of.
    case replaced
    case done
    /// All packs that this and earlier generations removed: the steps of earlier ones may go.
    case floor
}

/// One object of a generation. It is not signed: it takes nothing away that its author could not take away without it.
package struct SweepRecord: Sendable, Equatable {
    package struct Object: Sendable, Hashable, Comparable {
        package var kind: PackClass
        package var digest: Digest32
        package var size: UInt64
        /// Of an index run; zero for packs, whose names need none.
        package var domain: DomainID

        package init(kind: PackClass, digest: Digest32, size: UInt64, domain: DomainID = .zero) {
            (self.kind, self.digest, self.size, self.domain) = (kind, digest, size, domain)
        }

        package static func < (x: Object, y: Object) -> Bool { (x.digest, x.size) < (y.digest, y.size) }

        package var name: ObjectName {
            kind == .indexRun ? Names.indexRun(domain, digest) : Names.pack(digest, kind)
        }
    }

    package var generation: UInt64
    package var step: SweepStep
    package var time: Timestamp
    /// Of `condemned`, `pardoned`, `replaced` and `floor`.
    package var objects: [Object]

    package init(_ generation: UInt64, _ step: SweepStep, at time: Timestamp, _ objects: [Object] = []) {
        self.generation = generation
        self.step = step
        self.time = time
        self.objects = objects.sorted()
    }

    private static let magic = Array("SHSWEEP1".utf8)
    package static let itemCount = 57
    package static let limit = 1 << 30

    package func encoded() -> [UInt8] {
        var list = ByteWriter(capacity: objects.count * Self.itemCount)
        for object in objects {
            list.u8(object.kind.rawValue)
            list.digest(object.digest)
            list.u64(object.size)
            list.raw(object.domain.bytes)
        }
        var fields = Fields()
        fields.set(1, integer: generation)
        fields.set(2, text: step.rawValue)
        fields.set(3, integer: UInt64(bitPattern: time.nanoseconds))
        fields[4] = list.bytes
        let body = Self.magic + fields.encoded()
        return body + SHA256Digest.of(body).bytes
    }

    /// Throws `EncodingError` for anything but the whole of what was written.
    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        guard bytes.count >= 40, bytes.prefix(8).elementsEqual(Self.magic),
            SHA256Digest.of(Array(bytes.dropLast(32))).bytes == Array(bytes.suffix(32))
        else { throw EncodingError("is not a record of a collection, or was altered") }
        let fields = try Fields(decoding: Array(bytes[8..<bytes.count - 32]))
        guard let step = SweepStep(rawValue: try fields.text(2)) else {
            throw EncodingError("is a step that this version does not know")
        }
        (generation, self.step) = (try fields.integer(1), step)
        time = Timestamp(nanoseconds: Int64(bitPattern: try fields.integer(3)))
        objects = try Self.objects(try fields.bytes(4))
    }

    private static func objects(_ bytes: [UInt8]) throws(EncodingError) -> [Object] {
        guard bytes.count.isMultiple(of: itemCount) else { throw EncodingError("ends in the middle of an item") }
        return try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            var objects: [Object] = []
            while !reader.isAtEnd {
                guard let kind = PackClass(rawValue: try reader.u8()), kind.isCollected else {
                    throw EncodingError("lists an object of an unknown class")
                }
                let (digest, size) = (try reader.digest(), try reader.u64())
                guard let domain = DomainID(bytes: Array(try reader.take(16))) else {
                    throw EncodingError("lists an object of no domain")
                }
                objects.append(Object(kind: kind, digest: digest, size: size, domain: domain))
            }
            return objects
        }
    }

    /// Reads the record of `step`; nil where the generation has not come to it.
    package static func read(_ generation: UInt64, _ step: SweepStep, in store: any ObjectStore) throws -> SweepRecord?
    {
        let name = Names.sweep(generation, step)
        guard try store.size(of: name) != nil else { return nil }
        do {
            let record = try SweepRecord(decoding: try store.readAll(name, limit: limit))
            guard record.generation == generation, record.step == step else {
                throw EncodingError("stands under a name that is not its own")
            }
            return record
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }
}
