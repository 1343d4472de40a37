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

/// The forms of all pieces that a host knows to be stored as deltas. Bases are shared by neighbours, so each id is kept once; what grows with the
/// pieces is in mapped files, as what else a host knows of its chunks.
struct DeltaForms: ~Copyable {
    private struct Entry {
        var start: Int
        var depth: UInt8
        /// Nil where the piece is stored as a whole by now.
        var count: UInt16?

        init(start: Int, depth: UInt8, count: UInt16?) { (self.start, self.depth, self.count) = (start, depth, count) }

        init(loading value: UnsafeRawBufferPointer) {
            start = Int(value.loadUnaligned(as: UInt64.self))
            depth = value[8]
            count = value[9] == 0 ? nil : value.loadUnaligned(fromByteOffset: 10, as: UInt16.self)
        }

        func store(into value: UnsafeMutableRawBufferPointer) {
            value.storeBytes(of: UInt64(start), as: UInt64.self)
            value[8] = depth
            value[9] = count == nil ? 0 : 1
            value.storeBytes(of: count ?? 0, toByteOffset: 10, as: UInt16.self)
        }
    }

    private var entries: OpenTable
    private var ordinals: MappedList<UInt32>
    private var ids: [ChunkID] = []
    private var numbers: [ChunkID: UInt32] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    init(folder: String, expecting: Int = 0) throws {
        let entries = try OpenTable(slotBytes: 32, expecting: expecting, folder: folder)
        let ordinals = try MappedList<UInt32>(folder: folder)
        self.entries = entries
        self.ordinals = ordinals
    }

    subscript(piece: Prefix16) -> DeltaForm? {
        guard count > 0, let value = entries.value(for: piece) else { return nil }
        let entry = Entry(loading: value)
        guard let count = entry.count else { return nil }
        return DeltaForm(
            depth: entry.depth, bases: (entry.start..<entry.start + Int(count)).map { ids[Int(ordinals[$0])] })
    }

    mutating func set(_ piece: Prefix16, _ form: DeltaForm?) throws {
        let value = count > 0 || form != nil ? entries.value(for: piece) : nil
        let before = value.flatMap { Entry(loading: $0).count }
        guard let form else {
            if let value, before != nil {
                Entry(start: 0, depth: 0, count: nil).store(into: UnsafeMutableRawBufferPointer(mutating: value))
                count -= 1
            }
            return
        }
        precondition(form.bases.count <= Int(UInt16.max))
        let entry = Entry(start: ordinals.count, depth: form.depth, count: UInt16(form.bases.count))
        for base in form.bases {
            let number = numbers[base] ?? UInt32(ids.count)
            if Int(number) == ids.count {
                ids.append(base)
                numbers[base] = number
            }
            try ordinals.append(number)
        }
        if let value {
            entry.store(into: UnsafeMutableRawBufferPointer(mutating: value))
        } else {
            _ = try entries.insert(piece) { entry.store(into: $0) }
        }
        if before == nil { count += 1 }
    }

    // MARK: Keeping

    /// What one takes at least where it is kept.
    static let leastBytes = 18
    private static let recordLimit = 256 << 10

    /// The ids of all bases, then the forms, by their ordinals.
    func save(to writer: SealedFile.Writer) throws {
        var record = ByteWriter()
        record.varint(ids.count)
        for id in ids {
            record.digest(id)
            if record.count >= Self.recordLimit { try Self.flush(&record, to: writer) }
        }
        try entries.forEach { slot in
            let (piece, entry) = (
                Prefix16(loading: slot), Entry(loading: UnsafeRawBufferPointer(rebasing: slot[16...]))
            )
            guard let count = entry.count else { return }
            record.u64(piece.high)
            record.u64(piece.low)
            record.u8(entry.depth)
            record.varint(Int(count))
            for place in entry.start..<entry.start + Int(count) { record.varint(UInt64(ordinals[place])) }
            if record.count >= Self.recordLimit { try Self.flush(&record, to: writer) }
        }
        try Self.flush(&record, to: writer)
    }

    private static func flush(_ record: inout ByteWriter, to writer: SealedFile.Writer) throws {
        try writer.append(record.bytes)
        record.removeAll()
    }

    /// Reads `count` forms back. False when they are torn.
    mutating func load(_ count: Int, from reader: SealedFile.Reader) throws -> Bool {
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
        guard let idCount = item({ (reader) throws(EncodingError) in try reader.varint() }) else { return false }
        for _ in 0..<idCount {
            guard let id = item({ (reader) throws(EncodingError) in try reader.digest() }) else { return false }
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
            guard let form else { return false }
            try set(form.0, form.1)
        }
        return true
    }
}
