import CPostgresPage
import Glibc
import WriteAheadLog

/// Looks at the pages of a relation's file as they come by. A page that was never used counts as whole, as one does that was written since the
/// backup began: the log brings it.
struct PageCheck {
    /// What a cluster's pages are like.
    struct Format: Equatable {
        var pageSize = 8192
        var pagesPerSegment: UInt32 = 131_072
        /// Where the backup began.
        var start: LogSequenceNumber
    }

    static let mostNamed = 20
    /// How often a page that does not fit is read again where it can be.
    private static let attempts = 5

    let relation: RelationFile
    private let format: Format
    private var partial: [UInt8] = []
    private var next: UInt32
    /// Blocks of the relation whose page does not have its checksum: the first of them.
    private(set) var damaged: [UInt32] = []
    private(set) var damagedCount = 0
    /// Reads the page at an offset of the file again; nil where it is gone. Where nobody can, the first look counts.
    private let readAgain: ((_ offset: UInt64) -> [UInt8]?)?

    init(_ relation: RelationFile, _ format: Format, readAgain: ((_ offset: UInt64) -> [UInt8]?)? = nil) {
        (self.relation, self.format, self.readAgain) = (relation, format, readAgain)
        next = relation.segment &* format.pagesPerSegment
    }

    /// The bytes follow those before without a gap.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        if !partial.isEmpty {
            let missing = min(format.pageSize - partial.count, rest.count)
            partial.append(contentsOf: rest[..<missing])
            rest = UnsafeRawBufferPointer(rebasing: rest[missing...])
            guard partial.count == format.pageSize else { return }
            let page = partial
            page.withUnsafeBytes { look(at: $0) }
            partial.removeAll(keepingCapacity: true)
        }
        while rest.count >= format.pageSize {
            look(at: UnsafeRawBufferPointer(rebasing: rest[..<format.pageSize]))
            rest = UnsafeRawBufferPointer(rebasing: rest[format.pageSize...])
        }
        partial.append(contentsOf: rest)
    }

    private mutating func look(at page: UnsafeRawBufferPointer) {
        defer { next &+= 1 }
        guard !fits(page), isDamaged(page) else { return }
        damagedCount += 1
        if damaged.count < Self.mostNamed { damaged.append(next) }
    }

    private func fits(_ page: UnsafeRawBufferPointer) -> Bool {
        // The header begins with the position of the last change, in two halves; pd_upper is 0 in pages that nobody used yet.
        let position = LogSequenceNumber(
            UInt64(page.loadUnaligned(fromByteOffset: 0, as: UInt32.self)) << 32
                | UInt64(page.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        guard page.loadUnaligned(fromByteOffset: 14, as: UInt16.self) != 0, position < format.start else { return true }
        let expected = page.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
        return sh_page_checksum(page.baseAddress, page.count, next) == expected
    }

    /// Who reads a page while the server writes it may see half of each: such a one is another when it is read again, and the log brings it.
    private func isDamaged(_ page: UnsafeRawBufferPointer) -> Bool {
        guard let readAgain else { return true }
        let offset = UInt64(next % format.pagesPerSegment) * UInt64(format.pageSize)
        for attempt in 1...Self.attempts {
            if attempt > 1 { usleep(2000) }
            guard let now = readAgain(offset), now.count == page.count else { return false }
            if now.withUnsafeBytes({ fits($0) }) { return false }
        }
        return true
    }
}
