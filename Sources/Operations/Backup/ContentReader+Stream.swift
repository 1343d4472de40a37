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
            try read(&reading, entry)
        } catch let failure as StreamFailure {
            let name = String(decoding: entry.record.path.split(separator: 0x2F).last ?? [], as: UTF8.self)
            throw Failure(failure, about: "'\(name)' could not be made")
        }
    }

    private func read(_ reading: inout any StreamReading, _ entry: PendingEntry) throws {
        let content = LargeContent(entry: entry, versions: versions(of: entry, count: .max))
        let hasher = ContentHasher(pipeline: pipeline, content: content, size: .max)
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
        entry.record.digest = hasher.finish()
        entry.record.size = total
        try settle(content)
    }
}
