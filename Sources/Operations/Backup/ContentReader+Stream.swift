import Capture
import Primitives
import RepositoryEngine

/// Files whose content is a stream: they are read once, and are whole or nothing.
extension ContentReader {
    /// How long a reader waits before it looks whether it is still wanted.
    private static let waitMilliseconds = 200

    func readStream(_ source: any StreamSource, _ entry: PendingEntry) throws {
        do {
            var reading = try source.open()
            defer { reading.abandon() }
            _ = try readWhole(&reading, entry, size: .max, isPaged: source.isPaged)
        } catch let failure as StreamFailure {
            let name = String(decoding: entry.record.path.split(separator: 0x2F).last ?? [], as: UTF8.self)
            throw Failure(failure, about: "'\(name)' could not be made")
        }
    }

    /// Reads to the end; `size` is at least what comes, and `isPaged` whether it stays at its place. Returns what came: its size and its digest, which belong to whoever stores it afterwards.
    func readWhole(_ reading: inout any StreamReading, _ entry: PendingEntry, size: UInt64, isPaged: Bool = false)
        throws -> (UInt64, Digest32)
    {
        let content = LargeContent(entry: entry, versions: versions(of: entry, count: size), isPaged: isPaged)
        let hasher = ContentHasher(pipeline: pipeline, content: content, size: size)
        defer { hasher.finish() }
        var stream = ChunkStream(pipeline: pipeline, content: content, hasher: hasher)
        defer { stream.abandon() }
        var total: UInt64 = 0
        while true {
            try pipeline.check()
            let room = try stream.room()
            let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<min(room.count, 256 << 10)])
            guard let count = try reading.read(into: piece, waiting: Self.waitMilliseconds) else { continue }
            if count == 0 { break }
            stream.advance(count)
            pipeline.counters.readBytes.add(count)
            total += UInt64(count)
            if content.sliceCount >= ContentList.entriesPerChunk { try pipeline.storeList(content) }
        }
        for said in try reading.finish() { pipeline.observer.warning(said) }
        try stream.finish()
        let digest = hasher.finish()
        entry.record.digest = digest
        entry.record.size = total
        reading.took(total, digest)
        try settle(content)
        return (total, digest)
    }
}
