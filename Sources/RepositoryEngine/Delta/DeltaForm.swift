import Primitives
import Sealing

/// How a piece of a file that is stored as a delta is read: how many steps it takes at most, and everything that reading it needs.
package struct DeltaForm: Sendable, Equatable {
    /// Each step costs a restore a quarter of its time. The format allows 8 (docs/decisions/0017).
    package static let mostDepth: UInt8 = 1

    package var depth: UInt8
    /// All pieces that reading it needs, those that its bases need included.
    package var bases: [ChunkID]

    package init(depth: UInt8, bases: [ChunkID]) { (self.depth, self.bases) = (depth, bases) }
}

/// The forms of all pieces that a host knows to be stored as deltas. Bases are shared by neighbours, so each id is kept once.
struct DeltaForms {
    private struct Entry {
        var depth: UInt8
        var count: UInt16
        var start: Int
    }

    private var entries: [Prefix16: Entry] = [:]
    private var ordinals: [UInt32] = []
    private var ids: [ChunkID] = []
    private var numbers: [ChunkID: UInt32] = [:]

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    subscript(piece: Prefix16) -> DeltaForm? {
        guard let entry = entries[piece] else { return nil }
        let range = entry.start..<entry.start + Int(entry.count)
        return DeltaForm(depth: entry.depth, bases: ordinals[range].map { ids[Int($0)] })
    }

    mutating func set(_ piece: Prefix16, _ form: DeltaForm?) {
        guard let form else {
            if !entries.isEmpty { entries[piece] = nil }
            return
        }
        precondition(form.bases.count <= Int(UInt16.max))
        entries[piece] = Entry(depth: form.depth, count: UInt16(form.bases.count), start: ordinals.count)
        for base in form.bases {
            let number = numbers[base] ?? UInt32(ids.count)
            if Int(number) == ids.count {
                ids.append(base)
                numbers[base] = number
            }
            ordinals.append(number)
        }
    }

    // MARK: Keeping

    private static let recordLimit = 256 << 10

    /// The ids of all bases, then the forms, by their ordinals.
    func save(to writer: SealedFile.Writer) throws {
        var record = ByteWriter()
        record.varint(ids.count)
        for id in ids {
            record.digest(id)
            if record.count >= Self.recordLimit { try Self.flush(&record, to: writer) }
        }
        for (piece, entry) in entries {
            record.u64(piece.high)
            record.u64(piece.low)
            record.u8(entry.depth)
            record.varint(Int(entry.count))
            for ordinal in ordinals[entry.start..<entry.start + Int(entry.count)] { record.varint(UInt64(ordinal)) }
            if record.count >= Self.recordLimit { try Self.flush(&record, to: writer) }
        }
        try Self.flush(&record, to: writer)
    }

    private static func flush(_ record: inout ByteWriter, to writer: SealedFile.Writer) throws {
        try writer.append(record.bytes)
        record.removeAll()
    }

    /// Reads `count` forms back. Nil when they are torn.
    init?(_ count: Int, from reader: SealedFile.Reader) {
        self.init()
        var bytes: [UInt8] = []
        var offset = 0
        // An item never lies in two records, so a record is taken in whole.
        func refill() -> Bool {
            while offset == bytes.count {
                guard let next = reader.next() else { return false }
                (bytes, offset) = (next, 0)
            }
            return true
        }
        func item<R>(_ body: (inout ByteReader) throws(EncodingError) -> R) -> R? {
            guard refill() else { return nil }
            return bytes.withUnsafeBytes { raw in
                var reader = ByteReader(UnsafeRawBufferPointer(rebasing: raw[offset...]))
                guard let value = try? body(&reader) else { return nil }
                offset += reader.offset
                return value
            }
        }
        guard let idCount = item({ (reader) throws(EncodingError) in try reader.varint() }) else { return nil }
        for _ in 0..<idCount {
            guard let id = item({ (reader) throws(EncodingError) in try reader.digest() }) else { return nil }
            numbers[id] = UInt32(ids.count)
            ids.append(id)
        }
        for _ in 0..<count {
            let form = item { [ids] (reader) throws(EncodingError) in
                let piece = Prefix16(high: try reader.u64(), low: try reader.u64())
                let depth = try reader.u8()
                var bases: [ChunkID] = []
                for _ in 0..<(try reader.count(ofAtLeast: 1)) {
                    let ordinal = try reader.varint()
                    guard ordinal < UInt64(ids.count) else { throw EncodingError("names no base") }
                    bases.append(ids[Int(ordinal)])
                }
                return (piece, DeltaForm(depth: depth, bases: bases))
            }
            guard let form else { return nil }
            set(form.0, form.1)
        }
    }

    init() {}
}
