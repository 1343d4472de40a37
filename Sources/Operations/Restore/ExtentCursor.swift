import RepositoryEngine

/// Says where in a file the next bytes of its content go: one after the other, or into the extents between its holes.
struct ExtentCursor {
    private let extents: [Extent]
    private var extent = 0
    private var used: UInt64 = 0

    init(_ record: ListingRecord) {
        extents = record.flags.contains(.holes) ? record.extents : [Extent(offset: 0, count: record.size)]
        skipFull()
    }

    var isAtEnd: Bool { extent == extents.count }

    /// The next stretch of at most `count` bytes; nil at the end of the file.
    mutating func next(atMost count: UInt32) -> (offset: UInt64, count: UInt32)? {
        guard extent < extents.count else { return nil }
        let span = (extents[extent].offset + used, UInt32(min(UInt64(count), extents[extent].count - used)))
        used += UInt64(span.1)
        skipFull()
        return span
    }

    private mutating func skipFull() {
        while extent < extents.count, used == extents[extent].count {
            extent += 1
            used = 0
        }
    }
}
