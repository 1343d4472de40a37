/// What stands in a tar file before an entry's content (POSIX.1-2017, pax interchange format; extensions of GNU tar and star for what
/// POSIX has no words for). What a plain ustar header can say is said there and nowhere else: its fields are bytes, while the texts of
/// extended records are converted by readers whose locale is not UTF-8.
package struct PaxHeader {
    /// A multiple of 512 bytes: extended records where they are needed, the header, and the map of a file with holes.
    package private(set) var bytes: [UInt8] = []
    /// How much content follows: that of a file with holes goes without them. Padded by zeros to a multiple of 512.
    package private(set) var contentCount: UInt64 = 0

    package static let blockCount = 512
    /// Two blocks of zeros end the archive.
    package static let end = [UInt8](repeating: 0, count: 2 * blockCount)

    package static func padding(after count: UInt64) -> Int {
        Int((UInt64(blockCount) - count % UInt64(blockCount)) % UInt64(blockCount))
    }

    package init(_ entry: ArchiveEntry) {
        var header = UstarHeader(entry)
        var records = PaxRecords()
        var map: [UInt8] = []
        if entry.kind == .file {
            contentCount = entry.size
            if let extents = entry.extents {
                map = Self.map(extents, size: entry.size)
                contentCount = extents.reduce(0) { $0 + $1.count }
                header.size = contentCount + UInt64(map.count)
                header.name = Self.standIn("GNUSparseFile.0", entry.path)
                records.addSparse(name: entry.path, size: entry.size)
            }
        }
        if entry.extents == nil { header.place(entry.pathWithSlash, &records) }
        header.placeLink(entry, &records)
        records.addNumbers(entry, size: header.size)
        records.addOwners(entry)
        for attribute in entry.attributes { records.add(attribute) }
        if !records.isEmpty { appendExtended(records.encoded, of: entry) }
        bytes += header.encoded
        bytes += map
    }

    private mutating func appendExtended(_ records: [UInt8], of entry: ArchiveEntry) {
        var header = UstarHeader(ArchiveEntry(path: [], kind: .file))
        header.name = Self.standIn("PaxHeaders", entry.path)
        header.type = UInt8(ascii: "x")
        header.size = UInt64(records.count)
        header.seconds = max(0, entry.seconds)
        bytes += header.encoded
        bytes += records
        bytes += [UInt8](repeating: 0, count: Self.padding(after: UInt64(records.count)))
    }

    /// What readers see who do not know what it stands for.
    private static func standIn(_ folder: String, _ path: [UInt8]) -> [UInt8] {
        let last = path.split(separator: 0x2F).last ?? []
        return Array((Array(folder.utf8) + [0x2F] + last).prefix(100))
    }

    /// GNU tar's format 1.0 of files with holes: it stands before the data.
    private static func map(_ extents: [ArchiveEntry.DataExtent], size: UInt64) -> [UInt8] {
        var extents = extents
        let end = extents.last.map { $0.offset + $0.count } ?? 0
        // A hole at the end shows as an empty stretch behind it.
        if end < size { extents.append(.init(offset: size, count: 0)) }
        var text = "\(extents.count)\n"
        for extent in extents { text += "\(extent.offset)\n\(extent.count)\n" }
        return Array(text.utf8) + [UInt8](repeating: 0, count: padding(after: UInt64(text.utf8.count)))
    }
}

extension ArchiveEntry {
    fileprivate var pathWithSlash: [UInt8] { kind == .directory ? path + [0x2F] : path }
}

extension UstarHeader {
    /// A path goes into the header where it fits, else into a record.
    fileprivate mutating func place(_ path: [UInt8], _ records: inout PaxRecords) {
        if setPath(path) { return }
        name = Array(path.prefix(100))
        records.addText("path", path)
    }

    fileprivate mutating func placeLink(_ entry: ArchiveEntry, _ records: inout PaxRecords) {
        switch entry.kind {
        case .hardLink(let target), .symbolicLink(let target):
            link = Array(target.prefix(100))
            if target.count > 100 { records.addText("linkpath", target) }
        default: break
        }
    }
}
