import Archive
import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// What stands around the components in an archive.
struct ArchiveWriter {
    let stream: GzipStream
    let stamp: SetStamp

    /// The directory that everything lies in.
    func begin() throws {
        var entry = ArchiveEntry(path: Array(stamp.description.utf8), kind: .directory)
        entry.mode = 0o755
        entry.seconds = stamp.time.nanoseconds.dividedFloor(by: 1_000_000_000)
        try write(PaxHeader(entry).bytes)
    }

    func end(
        manifest: [UInt8], _ layouts: [ComponentLayout], _ parts: [ExportSummary.Part], _ ledger: ExportLedger
    ) throws {
        try writeFile("MANIFEST.json", manifest)
        try writeSums(manifest, layouts, parts, ledger)
        try write(PaxHeader.end)
        try stream.finish()
    }

    private func writeFile(_ name: String, _ content: [UInt8]) throws {
        let header = header(name, count: UInt64(content.count))
        try write(header.bytes + content)
        try write([UInt8](repeating: 0, count: PaxHeader.padding(after: header.contentCount)))
    }

    private func header(_ name: String, count: UInt64) -> PaxHeader {
        var entry = ArchiveEntry(path: Array("\(stamp)/\(name)".utf8), kind: .file)
        entry.seconds = stamp.time.nanoseconds.dividedFloor(by: 1_000_000_000)
        entry.size = count
        return PaxHeader(entry)
    }

    /// The header states a size, and the lines may be more than memory should hold: their size was counted when the files went by, and
    /// the lines are made by going through the listings once more.
    private func writeSums(
        _ manifest: [UInt8], _ layouts: [ComponentLayout], _ parts: [ExportSummary.Part], _ ledger: ExportLedger
    ) throws {
        let ownPath = Array("MANIFEST.json".utf8)
        let expected = parts.reduce(UInt64(SumLine.count(of: ownPath))) { $0 + $1.figures.sumsCount }
        let header = header("SHA256SUMS", count: expected)
        try write(header.bytes)
        var lines = SumLine.of(SHA256Digest.of(manifest), ownPath)
        var count: UInt64 = 0
        func flush() throws {
            count += UInt64(lines.count)
            try write(lines)
            lines.removeAll(keepingCapacity: true)
        }
        for layout in layouts {
            try layout.forEachRecord { record, _ in
                guard record.kind == .file, !record.flags.contains(.unreadable),
                    let place = layout.place(record.path)
                else { return }
                lines += SumLine.of(record.digest, place)
                if lines.count >= 64 << 10 {
                    try ledger.checkpoint()
                    try flush()
                }
            }
        }
        try flush()
        guard count == expected else { throw Failure.damaged("A listing", "reads otherwise the second time") }
        try write([UInt8](repeating: 0, count: PaxHeader.padding(after: expected)))
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try stream.write($0) } }
}
