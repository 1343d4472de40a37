import Primitives
import Sealing
import Storage

/// An index run opened for look-ups: its tables are in memory, its pages are read, opened and cached as they are asked for.
package struct IndexRun: Sendable {
    package let name: ObjectName
    package let packs: [IndexedPack]
    package let entryCount: UInt64
    private let firstIDs: [UInt64]
    private let pagesOffset: Int64
    private let key: AEADKey
    private let object: SealedObjectID

    /// What is read at the end at once: the tables of most runs are shorter.
    private static let tailCount: Int64 = 32 << 10

    /// Reads header, trailer and tables; the size is asked for where it is not given. Throws `object-damaged` for anything that does
    /// not fit together.
    package init(name: ObjectName, size: Int64? = nil, store: any ObjectStore, opener: SealOpener) throws {
        self.name = name
        guard let size = try size ?? store.size(of: name) else {
            throw Failure.objectMissing(name, in: store.location)
        }
        do {
            let header = try SealHeader.read(name, at: 0, store: store)
            let keys = try opener.keys(for: header, needing: .structure)
            guard let key = keys.structure else { throw EncodingError("cannot be opened") }
            self.key = key
            object = header.object
            pagesOffset = Int64(header.encoded().count)
            guard header.kind == .indexRun, size >= pagesOffset + Int64(IndexRunFormat.trailerCount) else {
                throw EncodingError("is not an index run")
            }
            let tailStart = max(0, size - Self.tailCount)
            let tail = try store.readRange(name, at: tailStart, count: Int(size - tailStart))
            let trailer = Array(tail.suffix(IndexRunFormat.trailerCount))
            let (offset, length, pageCount, entries, digest) = try ByteReader.reading(trailer) {
                (reader) throws(EncodingError) in
                guard Array(try reader.take(8)) == IndexRunFormat.trailerMagic else {
                    throw EncodingError("has no trailer")
                }
                return (try reader.u64(), try reader.u32(), try reader.u32(), try reader.u64(), try reader.digest())
            }
            let tablesEnd = UInt64(size) - UInt64(IndexRunFormat.trailerCount)
            // The last page holds at least one entry, each other one is full.
            let mostEntries = UInt64(pageCount) * UInt64(IndexRunFormat.entriesPerPage)
            guard offset <= tablesEnd, UInt64(length) == tablesEnd - offset,
                Int(length) <= IndexRunFormat.maximumTables,
                Int64(offset) == pagesOffset + Int64(pageCount) * Int64(IndexRunFormat.pageCount),
                entries <= mostEntries, mostEntries - entries < UInt64(IndexRunFormat.entriesPerPage)
            else { throw EncodingError("has a trailer whose lengths do not fit") }
            let sealed =
                Int64(offset) >= tailStart
                ? Array(tail[Int(Int64(offset) - tailStart)...].prefix(Int(length)))
                : try store.readRange(name, at: Int64(offset), count: Int(length))
            guard SHA256Digest.of(sealed) == digest else { throw EncodingError("has damaged tables") }
            let plaintext = try key.open(
                sealed, nonce: SealNonce(domain: NonceDomain.indexTables, number: 0),
                authenticating: associatedData("SHTABL01", header.object))
            let tables = try IndexTables(decoding: plaintext)
            guard tables.firstIDs.count == Int(pageCount) else {
                throw EncodingError("has tables that do not fit its pages")
            }
            packs = tables.packs
            firstIDs = tables.firstIDs
            entryCount = entries
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }

    package var pageCount: Int { firstIDs.count }

    /// The pages that may hold `id`: one, or a few where an id repeats across a border.
    package func pages(for id: Prefix16) -> Range<Int> {
        var low = 0
        var high = firstIDs.count
        while low < high {
            let middle = (low + high) / 2
            if firstIDs[middle] < id.high { low = middle + 1 } else { high = middle }
        }
        let first = max(0, low - 1)
        var end = low
        while end < firstIDs.count, firstIDs[end] == id.high { end += 1 }
        return firstIDs.isEmpty ? 0..<0 : first..<max(end, first + 1)
    }

    /// One page's plaintext.
    package func readPage(_ page: Int, store: any ObjectStore) throws -> [UInt8] {
        let offset = pagesOffset + Int64(page) * Int64(IndexRunFormat.pageCount)
        let sealed = try store.readRange(name, at: offset, count: IndexRunFormat.pageCount)
        do {
            return try key.open(
                sealed, nonce: SealNonce(domain: NonceDomain.indexPage, number: UInt64(page)),
                authenticating: associatedData("SHPAGE01", object))
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }

    /// Calls `body` with every entry, in order of ids.
    package func forEachEntry(store: any ObjectStore, _ body: (IndexEntry) throws -> Void) throws {
        for page in 0..<pageCount {
            let bytes = try readPage(page, store: store)
            try bytes.withUnsafeBytes { raw in
                for slot in 0..<IndexRunFormat.entriesPerPage {
                    let entry = IndexEntry(
                        loading: UnsafeRawBufferPointer(rebasing: raw[(slot * IndexRunFormat.entryCount)...]))
                    if entry.pack == .max { return }
                    guard Int(entry.pack) < packs.count else {
                        throw Failure.damaged(name, "names a pack that it does not list")
                    }
                    try body(entry)
                }
            }
        }
    }
}

extension SealHeader {
    /// Reads a header from an object, `offset` bytes in.
    package static func read(_ name: ObjectName, at offset: Int64, store: any ObjectStore) throws -> SealHeader {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let filled = try bytes.withUnsafeMutableBytes { try store.read(name, at: offset, into: $0) }
        guard filled >= fixedCount else { throw EncodingError("is too short for a seal header") }
        let length = bytes.withUnsafeBytes {
            Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
        }
        guard (fixedCount...maximumCount).contains(length) else {
            throw EncodingError("has a header whose length is wrong")
        }
        if length > filled { bytes = try store.readRange(name, at: offset, count: length) }
        return try SealHeader(decoding: Array(bytes[..<length]))
    }
}
