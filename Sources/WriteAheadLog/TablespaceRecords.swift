/// The records of a segment by which a server that replays it makes tablespaces.
///
/// Records are the same from 13 to 18 (xlogrecord.h, commands/tablespace.h): eight-byte aligned, one behind the other through pages that each begin
/// with a header; numbers are little-endian.
package struct TablespaceRecords {
    package struct Made: Sendable, Equatable {
        package var oid: UInt32
        /// The directory; empty for one that lies in the data directory itself.
        package var location: String

        package init(oid: UInt32, location: String) { (self.oid, self.location) = (oid, location) }
    }

    package private(set) var made: [Made] = []
    /// What there is of a record that goes on in the next segment; empty where it is of another kind.
    package private(set) var unfinished: [UInt8] = []

    private static let headerSize = 24
    /// rmgrlist.h.
    private static let tablespaceManager: UInt8 = 5
    /// A path has 1024 bytes at most; nothing larger makes a tablespace.
    private static let mostBytes = 4096

    private let bytes: UnsafeRawBufferPointer
    private let pageSize: Int
    private let magic: UInt16
    private let address: UInt64
    private var position = 0

    /// `unfinished` is what the segment before it left. Of bytes that are no segment nothing is found.
    package init(of bytes: UnsafeRawBufferPointer, after unfinished: [UInt8] = []) {
        self.init(bytes)
        if pageSize > 0, let start = content(ofPageAt: 0) {
            position = start
            read(after: unfinished)
        }
    }

    /// What a segment leaves for the next one, of which its last page alone is read: nothing longer than a page makes a tablespace.
    package static func unfinished(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var records = Self(bytes)
        let last = bytes.count - records.pageSize
        guard records.pageSize > 0, last >= 0, let start = records.content(ofPageAt: last) else { return [] }
        records.position = start
        if let left = records.restOfRecord(onPageAt: last) {
            guard records.take(left, keeping: false).isWhole else { return [] }
            records.align()
        }
        records.readOn()
        return records.unfinished
    }

    private init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        let first = SegmentHeader(bytes.prefix(SegmentHeader.size))
        pageSize = first == nil ? 0 : Int(bytes.loadUnaligned(fromByteOffset: 36, as: UInt32.self))
        magic = first == nil ? 0 : bytes.loadUnaligned(fromByteOffset: 0, as: UInt16.self)
        address = first?.address.value ?? 0
    }

    private mutating func read(after before: [UInt8]) {
        if let left = restOfRecord(onPageAt: 0) {
            let rest = take(left)
            guard rest.isWhole else { return unfinished = Self.worth(before + rest.bytes) }
            if Self.isOfTablespaces(before) { note(before + rest.bytes) }
            align()
        }
        readOn()
    }

    /// How much of a record that began on a page before is left; nil where none did.
    private func restOfRecord(onPageAt offset: Int) -> Int? {
        guard bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) & 1 != 0 else { return nil }
        return Int(bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt32.self))
    }

    private mutating func readOn() {
        while let size = nextSize() {
            // Nearly all of them end here.
            if pageSize - position % pageSize >= Self.headerSize, bytes[position + 17] != Self.tablespaceManager {
                guard skip(size) else { return }
                align()
                continue
            }
            let kind = take(min(size, Self.headerSize))
            let isOurs = Self.isOfTablespaces(kind.bytes)
            let rest = take(size - kind.bytes.count, keeping: isOurs)
            guard kind.isWhole, rest.isWhole else { return unfinished = Self.worth(kind.bytes + rest.bytes) }
            if isOurs { note(kind.bytes + rest.bytes) }
            align()
        }
    }

    /// Where the content of a page begins; nil behind what the server wrote.
    private func content(ofPageAt offset: Int) -> Int? {
        guard offset + pageSize <= bytes.count, bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self) == magic,
            bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self) == address &+ UInt64(offset)
        else { return nil }
        let isLong = bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self) & 2 != 0
        return offset + (isLong ? 40 : 24)
    }

    private mutating func align() { position = (position + 7) & ~7 }

    /// The size of the record that begins here; nil where none does.
    private mutating func nextSize() -> Int? {
        if position % pageSize == 0 {
            guard let start = content(ofPageAt: position) else { return nil }
            position = start
        }
        let size = Int(bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
        return size < Self.headerSize ? nil : size
    }

    /// False where the segment ends before.
    private mutating func skip(_ count: Int) -> Bool {
        var left = count
        while left > 0 {
            if position % pageSize == 0 {
                guard let start = content(ofPageAt: position) else { return false }
                position = start
            }
            let part = min(left, pageSize - position % pageSize)
            position += part
            left -= part
        }
        return true
    }

    /// So many bytes from here on, over the borders of pages; not whole where the segment ends before.
    private mutating func take(_ count: Int, keeping isKept: Bool = true) -> (bytes: [UInt8], isWhole: Bool) {
        var taken: [UInt8] = []
        var left = count
        while left > 0 {
            if position % pageSize == 0 {
                guard let start = content(ofPageAt: position) else { return (taken, false) }
                position = start
            }
            let part = min(left, pageSize - position % pageSize)
            if isKept, taken.count < Self.mostBytes {
                taken += bytes[position..<position + min(part, Self.mostBytes - taken.count)]
            }
            position += part
            left -= part
        }
        return (taken, true)
    }

    /// Whether it may be one; of less than a header nobody can tell.
    private static func isOfTablespaces(_ record: [UInt8]) -> Bool {
        !record.isEmpty && (record.count < headerSize || record[17] == tablespaceManager)
    }

    private static func worth(_ record: [UInt8]) -> [UInt8] { isOfTablespaces(record) ? record : [] }

    private mutating func note(_ record: [UInt8]) {
        // A tablespace that is dropped has the other number.
        guard record.count > Self.headerSize, record[17] == Self.tablespaceManager, record[16] & 0xF0 == 0 else {
            return
        }
        var at = Self.headerSize
        var size: Int?
        while size == nil, at + 5 < record.count {
            switch record[at] {
            case 253: at += 3
            case 252: at += 5
            case 255: size = Int(record[at + 1])
            case 254:
                size = (1...4).reversed().reduce(0) { $0 << 8 | Int(record[at + $1]) }
            default: return
            }
        }
        guard let size, size >= 4, size <= record.count - at else { return }
        let data = record.suffix(size)
        let oid = data.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let location = String(decoding: data.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self)
        made.append(Made(oid: oid, location: location))
    }
}
