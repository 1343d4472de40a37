import CLinux
import Glibc
import Primitives
import Sealing
import Storage

/// What a session has finished so far, on the host: after a kill, the next run uses it. A line a pack, a line an index run.
package final class SessionJournal: @unchecked Sendable {
    // SAFETY: the writer is touched under `monitor`; the lock's descriptor is set once.
    /// A pack, with what it holds of small files: content id, and slice.
    package struct PackLine: Sendable {
        package var pack: FinishedPack
        package var contents: [(content: ChunkID, slice: Slice)]
        package init(pack: FinishedPack, contents: [(content: ChunkID, slice: Slice)]) { (self.pack, self.contents) = (pack, contents) }
    }

    package enum Line: Sendable {
        case pack(PackLine)
        /// An index run that names packs of the lines before it.
        case run(name: Digest32, size: UInt64, packs: [Digest32])
    }

    private final class Box {
        let writer: SealedFile.Writer
        init(_ writer: SealedFile.Writer) { self.writer = writer }
    }

    package let path: String
    private let monitor: Monitor<Box>
    private let lock: Int32

    /// Begins the journal of `session` in `folder`. It is locked while this process lives.
    package init(folder: String, session: SessionID, cacheKey: borrowing SecretBytes) throws {
        path = folder + "/" + session.hex
        monitor = Monitor(Box(try SealedFile.Writer(path: path, cacheKey: cacheKey)))
        lock = open(path, O_RDONLY | O_CLOEXEC)
        guard lock >= 0, sh_try_lock(lock) == 0 else { throw stateFailure(errno, "lock", path) }
    }

    deinit { close(lock) }

    package func append(_ line: Line) throws {
        let bytes = Self.encode(line)
        try monitor.withLock { box in
            try box.writer.append(bytes)
            try box.writer.flush()
        }
    }

    package func remove() { unlink(path) }

    /// The journals of sessions that are dead: their paths and lines.
    package static func abandoned(folder: String, cacheKey: borrowing SecretBytes) -> [(path: String, lines: [Line])] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [(path: String, lines: [Line])] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard SessionID(hex: name) != nil else { continue }
            let path = folder + "/" + name
            let fd = open(path, O_RDONLY | O_CLOEXEC)
            guard fd >= 0 else { continue }
            defer { close(fd) }
            guard sh_try_lock(fd) == 0 else { continue }
            var lines: [Line] = []
            if let reader = SealedFile.Reader(path: path, cacheKey: cacheKey) {
                while let bytes = reader.next(), let line = try? decode(bytes) { lines.append(line) }
            }
            found.append((path, lines))
        }
        return found
    }

    static func encode(_ line: Line) -> [UInt8] {
        var writer = ByteWriter()
        switch line {
        case .pack(let line):
            writer.u8(1)
            writer.digest(line.pack.name)
            writer.u64(line.pack.size)
            writer.u8(line.pack.kind.rawValue)
            writer.varint(line.pack.entries.count)
            for entry in line.pack.entries {
                writer.digest(entry.id)
                writer.u8(entry.type.rawValue)
                writer.u32(entry.offset)
                writer.u32(entry.storedCount)
                writer.u32(entry.plaintextCount)
            }
            writer.varint(line.contents.count)
            for item in line.contents {
                writer.digest(item.content)
                writer.digest(item.slice.id)
                writer.u32(item.slice.offset)
                writer.u32(item.slice.count)
            }
        case .run(let name, let size, let packs):
            writer.u8(2)
            writer.digest(name)
            writer.u64(size)
            writer.varint(packs.count)
            for pack in packs { writer.digest(pack) }
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(EncodingError) -> Line {
        try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            let line = try decode(&reader)
            guard reader.isAtEnd else { throw EncodingError("goes on after its line") }
            return line
        }
    }

    private static func decode(_ reader: inout ByteReader) throws(EncodingError) -> Line {
        let kind = try reader.u8()
        guard kind == 1 || kind == 2 else { throw EncodingError("is a line of an unknown kind") }
        let (name, size) = (try reader.digest(), try reader.u64())
        if kind == 2 {
            var packs: [Digest32] = []
            for _ in 0..<(try reader.count(ofAtLeast: 32)) { packs.append(try reader.digest()) }
            return .run(name: name, size: size, packs: packs)
        }
        guard let packClass = PackClass(rawValue: try reader.u8()) else { throw EncodingError("names an unknown class") }
        var entries: [Footer.Entry] = []
        for _ in 0..<(try reader.count(ofAtLeast: 45)) {
            let id = try reader.digest()
            guard let type = ChunkType(rawValue: try reader.u8()) else { throw EncodingError("names an unknown type") }
            entries.append(
                Footer.Entry(id: id, type: type, offset: try reader.u32(), storedCount: try reader.u32(), plaintextCount: try reader.u32()))
        }
        var contents: [(content: ChunkID, slice: Slice)] = []
        for _ in 0..<(try reader.count(ofAtLeast: 72)) {
            let (content, id) = (try reader.digest(), try reader.digest())
            contents.append((content, Slice(type: .bundle, id: id, offset: try reader.u32(), count: try reader.u32())))
        }
        return .pack(PackLine(pack: FinishedPack(name: name, kind: packClass, size: size, entries: entries), contents: contents))
    }
}
