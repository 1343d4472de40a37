import Archive
import Primitives
import RepositoryEngine
import Sealing

/// What an export holds of a component.
package struct ExportedFigures: Sendable, Equatable {
    package var files: UInt64 = 0
    package var directories: UInt64 = 0
    /// Symbolic links, FIFOs and devices.
    package var others: UInt64 = 0
    /// Further names of files.
    package var hardLinks: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Left out: a tar file has no word for them.
    package var sockets: UInt64 = 0
    /// Left out: they could not be read when they were backed up.
    package var unreadable: UInt64 = 0
    /// What the lines of SHA256SUMS come to.
    var sumsCount: UInt64 = 0

    package init() {}
}

/// Turns a component's snapshot into a stretch of a tar stream: headers in the order of the listing, content put between them by the
/// crew. Every chunk is checked against its id, every file against its digest, before it is handed on.
final class ComponentStream {
    private let layout: ComponentLayout
    private let ledger: ExportLedger
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    private let crew: ExportCrew
    private var contents: ListingReader
    private var segment: ExportSegment
    private var check = ContentCheck()
    private var translation: EntryTranslation
    private var figures = ExportedFigures()

    init(_ layout: ComponentLayout, ledger: ExportLedger, sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.layout = layout
        self.ledger = ledger
        self.sink = sink
        let snapshot = layout.snapshot
        crew = ExportCrew(reach: ReadingReach(of: snapshot.store)) { snapshot.chunks() }
        contents = snapshot.listing()
        segment = crew.segment()
        translation = EntryTranslation(layout)
    }

    /// Throws the first damage: an archive is whole or is not.
    func run() throws -> ExportedFigures {
        defer { crew.dismiss() }
        try layout.forEachRecord { record, block in
            try ledger.checkpoint()
            guard let place = layout.place(record.path) else { return }
            try accept(record, place, block.owners)
        }
        crew.submit(segment)
        while !crew.isIdle { try finishOldest() }
        return figures
    }

    private func accept(_ record: ListingRecord, _ place: [UInt8], _ owners: [OwnerName]) throws {
        switch translation.outcome(of: record, at: place, owners) {
        case .socket: figures.sockets += 1
        case .unreadable:
            figures.unreadable += 1
            ledger.problem(
                record.path, .unreadable, "it could not be read when it was backed up, so there is no content to export"
            )
        case .entry(let entry):
            try append(entry, record)
            count(entry)
            if record.kind == .file { figures.sumsCount += UInt64(SumLine.count(of: place)) }
        }
    }

    private func count(_ entry: ArchiveEntry) {
        switch entry.kind {
        case .file:
            figures.files += 1
            figures.bytes += entry.size
        case .directory: figures.directories += 1
        case .hardLink: figures.hardLinks += 1
        default: figures.others += 1
        }
        ledger.count(bytes: entry.kind == .file ? entry.size : 0)
    }

    private func append(_ entry: ArchiveEntry, _ record: ListingRecord) throws {
        let header = PaxHeader(entry)
        try append(header.bytes[...])
        guard entry.kind == .file else { return }
        segment.begin(record.path, record.digest)
        try appendContent(of: record)
        segment.add(.end)
        try append(PaxHeader.end.prefix(PaxHeader.padding(after: header.contentCount)))
    }

    private func append(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            if segment.room == 0 { try rotate() }
            let part = rest.prefix(segment.room)
            segment.append(part)
            rest = rest.dropFirst(part.count)
        }
    }

    private func appendContent(of record: ListingRecord) throws {
        var extents = ExtentCursor(record)
        var position: UInt64 = 0
        func reachTo(_ offset: UInt64) {
            if offset > position { segment.add(.zeros(offset - position)) }
            position = offset
        }
        try contents.forEachSlice(of: record) { slice in
            var (offset, left) = (slice.offset, slice.count)
            while left > 0 {
                if segment.room == 0 {
                    try rotate()
                    segment.goOn(record.path)
                }
                guard let span = extents.next(atMost: min(left, UInt32(segment.room))) else {
                    throw damaged(record, "is longer than its entry says")
                }
                reachTo(span.offset)
                segment.reserve(chunk: try ordinal(of: slice, record), at: offset, count: span.count)
                position += UInt64(span.count)
                offset += span.count
                left -= span.count
            }
        }
        guard extents.isAtEnd else { throw damaged(record, "is shorter than its entry says") }
        reachTo(record.size)
    }

    private func ordinal(of slice: Slice, _ record: ListingRecord) throws -> Int {
        if let known = segment.ordinal(of: slice.id) { return known }
        guard let place = try layout.snapshot.locator.location(of: slice.id) else {
            throw Failure(
                .chunkMissing,
                "The chunk \(slice.id.hex.prefix(16)) of /\(String(decoding: record.path, as: UTF8.self)) is in no pack that the index knows.",
                advice: "Run 'safehold verify'; copy missing packs back from another copy of the repository.")
        }
        return segment.add(PlacedChunk(id: slice.id, type: slice.type, place: place))
    }

    private func damaged(_ record: ListingRecord, _ problem: String) -> Failure {
        Failure.damaged("The content of /\(String(decoding: record.path, as: UTF8.self))", problem)
    }

    private func rotate() throws {
        crew.submit(segment)
        if crew.isFull { try finishOldest() }
        segment = crew.segment()
    }

    private func finishOldest() throws {
        try ledger.checkpoint()
        let whole = try crew.finishOldest()
        try check.check(whole)
        try sink(whole.content)
        crew.giveBack(whole)
    }
}
