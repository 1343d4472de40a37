import CLinux
import Capture
import Chunking
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Files that are cut into chunks of their own.
extension ContentReader {
    func readLarge(_ entry: PendingEntry) throws {
        guard let fd = open(entry) else { return }
        try readLarge(fd, entry)
    }

    /// Takes the descriptor over.
    func readLarge(_ fd: Int32, _ entry: PendingEntry) throws {
        defer { close(fd) }
        sh_sequential(fd)
        for attempt in 1...Self.attempts {
            let content = LargeContent(entry: entry, versions: versions(of: entry, count: entry.status.size))
            guard let extents = extents(fd, entry) else { return }
            guard let total = try readExtents(fd, extents, entry, content) else {
                return pipeline.counters.abandonedReadings.add(1)
            }
            var now = sh_stat()
            let status = sh_fstat(fd, &now)
            guard status == 0 else {
                pipeline.counters.abandonedReadings.add(1)
                return giveUp(entry, -status)
            }
            let same = total == entry.status.size && now.isSameState(as: entry.status)
            if same || attempt == Self.attempts {
                if !same {
                    entry.apply(now, began: session.began)
                    entry.record.flags.insert(.changedWhileRead)
                    pipeline.report(entry.record.path, .changed, "it changed while it was read, \(Self.attempts) times")
                }
                entry.record.size = total
                return try finish(fd, entry, content, extents)
            }
            pipeline.counters.abandonedReadings.add(1)
            entry.apply(now, began: session.began)
        }
    }

    struct Extents {
        var list: [Extent]
        var isWhole: Bool
    }

    /// Where the file holds data. Nil when that cannot be told, which is reported then.
    private func extents(_ fd: Int32, _ entry: PendingEntry) -> Extents? {
        let size = entry.status.size
        let whole = Extents(list: [Extent(offset: 0, count: size)], isWhole: true)
        guard entry.status.blocks &* 512 < size else { return whole }
        var list: [Extent] = []
        var position: Int64 = 0
        while position < Int64(clamping: size) {
            let data = sh_seek_data(fd, position)
            if data == -Int64(ENXIO) { break }
            if data == -Int64(EINVAL) { return whole }
            guard data >= 0 else {
                giveUp(entry, Int32(-data))
                return nil
            }
            let hole = min(Int64(clamping: size), sh_seek_hole(fd, data))
            guard hole > data else { break }
            list.append(Extent(offset: UInt64(data), count: UInt64(hole - data)))
            position = hole
        }
        if list == whole.list { return whole }
        return Extents(list: list, isWhole: false)
    }

    /// Reads all extents as one stream of chunks, and never beyond them: a log that grows faster than it is read still has an end.
    /// Returns the size of the file as it was read; nil when it could not be.
    private func readExtents(_ fd: Int32, _ extents: Extents, _ entry: PendingEntry, _ content: LargeContent) throws
        -> UInt64?
    {
        guard extents.isWhole else { return try readSparse(fd, extents, entry, content) }
        let hasher = ContentHasher(pipeline: pipeline, content: content, size: entry.status.size)
        defer { hasher.finish() }
        var stream = ChunkStream(pipeline: pipeline, content: content, hasher: hasher)
        defer { stream.abandon() }
        let whole = Extent(offset: 0, count: entry.status.size)
        guard let count = try read(whole, fd, entry, content, &stream, { _ in }) else { return nil }
        try stream.finish()
        entry.record.digest = hasher.finish()
        return count
    }

    /// The same for a file with holes: they count for the digest of the whole, and in no chunk.
    private func readSparse(_ fd: Int32, _ extents: Extents, _ entry: PendingEntry, _ content: LargeContent) throws
        -> UInt64?
    {
        var stream = ChunkStream(pipeline: pipeline, content: content, hasher: nil)
        defer { stream.abandon() }
        var digest = RunningSHA256()
        var position: UInt64 = 0
        for extent in extents.list {
            Self.hashZeros(extent.offset - position, into: &digest)
            position = extent.offset
            guard lseek(fd, off_t(extent.offset), SEEK_SET) >= 0 else {
                giveUp(entry, errno)
                return nil
            }
            guard let count = try read(extent, fd, entry, content, &stream, { digest.update($0) }) else { return nil }
            position += count
        }
        if position < entry.status.size {
            Self.hashZeros(entry.status.size - position, into: &digest)
            position = entry.status.size
        }
        entry.record.digest = digest.value()
        try stream.finish()
        return position
    }

    /// Reads one extent from where the descriptor stands. Returns how much of it there is; nil when it could not be read.
    private func read(
        _ extent: Extent, _ fd: Int32, _ entry: PendingEntry, _ content: LargeContent, _ stream: inout ChunkStream,
        _ seen: (UnsafeRawBufferPointer) -> Void
    ) throws -> UInt64? {
        var done: UInt64 = 0
        while done < extent.count {
            try pipeline.check()
            let room = try stream.room()
            // Small steps: an interruption is noticed, and what was read is still in the processor's own cache for `seen`.
            let count = readUp(to: Int(min(UInt64(min(room.count, 256 << 10)), extent.count - done)), fd, room)
            guard count >= 0 else {
                giveUp(entry, Int32(-count))
                return nil
            }
            if count == 0 { break }
            let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count])
            if entry.isCompared { entry.lookAt(piece, isFirst: extent.offset + done == 0) }
            seen(piece)
            stream.advance(count)
            pipeline.counters.readBytes.add(count)
            done += UInt64(count)
            if content.sliceCount >= ContentList.entriesPerChunk { try pipeline.storeList(content) }
        }
        return done
    }

    private static func hashZeros(_ count: UInt64, into digest: inout RunningSHA256) {
        guard count > 0 else { return }
        let zeros = [UInt8](repeating: 0, count: Int(min(count, 1 << 20)))
        var left = count
        zeros.withUnsafeBytes { raw in
            while left > 0 {
                let piece = Int(min(left, UInt64(raw.count)))
                digest.update(UnsafeRawBufferPointer(rebasing: raw[..<piece]))
                left -= UInt64(piece)
            }
        }
    }

    private func finish(_ fd: Int32, _ entry: PendingEntry, _ content: LargeContent, _ extents: Extents) throws {
        readAttributes(fd, entry)
        if extents.isWhole {
            entry.record.flags.remove(.holes)
            entry.record.extents = []
        } else {
            entry.record.flags.insert(.holes)
            entry.record.extents = extents.list
        }
        entry.record.flags.remove(.contentList)
        try settle(content)
    }

    /// What the file's pieces may be stored as differences to, where that is wanted and worth it.
    func versions(of entry: PendingEntry, count: UInt64) -> FileVersions? {
        count >= VersionCache.fewestBytes ? session.versions?.open(entry.record.path) : nil
    }

    /// Everything was read.
    func settle(_ content: LargeContent) throws {
        if content.finishReading() { try pipeline.conclude(content) }
    }
}

extension ContentPipeline {
    /// Every chunk of the file is stored.
    func conclude(_ content: LargeContent) throws {
        if content.needsList { try storeList(content) }
        content.settle()
        if let versions = content.versions { session.versions?.conclude(versions) }
        resolve(content.entry)
    }

    /// Moves the slices so far into a chunk of their own, with the reference block that names their chunks.
    func storeList(_ content: LargeContent) throws {
        guard let (slices, bases) = content.takeSlices(isBroken: { isBroken }) else { return try check() }
        let list = ContentList.encode(slices)
        var seen: Set<ChunkID> = []
        var named: [(type: ChunkType, id: ChunkID)] = slices.map { ($0.type, $0.id) }
        named += bases.map { (.data, $0) }
        let twin = ReferenceEncoding.block(named.filter { seen.insert($0.id).inserted })
        let listID = list.withUnsafeBytes { session.identity.id(of: .contentList, plaintext: $0) }
        let twinID = twin.withUnsafeBytes { session.identity.id(of: .referenceBlock, plaintext: $0) }
        try session.lists.keep(listID, list)
        try session.metadata.store(list, .contentList, listID)
        try session.metadata.store(twin, .referenceBlock, twinID)
        content.addList(Slice(type: .contentList, id: listID, offset: 0, count: UInt32(list.count)), twin: twinID)
    }
}
