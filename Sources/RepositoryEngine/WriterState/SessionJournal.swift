import CLinux
import Glibc
import Primitives
import Sealing
import Storage

/// What a session has finished so far, on the host: after a kill, the next run uses it. A line a pack, a line an index run.
package final class SessionJournal: @unchecked Sendable {
    // SAFETY: the writer is touched under `monitor`; the lock's descriptor is set once.
    /// The files of a bundle in order: the beginning of each content's id, and its length.
    package struct BundleLine: Sendable {
        package struct File: Sendable {
            package var content: Prefix16
            package var count: UInt32
            package init(content: Prefix16, count: UInt32) { (self.content, self.count) = (content, count) }
        }

        package var bundle: ChunkID
        package var files: [File]
        package init(bundle: ChunkID, files: [File]) { (self.bundle, self.files) = (bundle, files) }
    }

    package enum Line: Sendable {
        case pack(FinishedPack)
        /// A bundle of the last pack before it.
        case bundle(BundleLine)
        /// An index run that names packs of the lines before it.
        case run(name: Digest32, size: UInt64, packs: [Digest32])
    }

    private final class Box {
        let writer: SealedFile.Writer
        init(_ writer: SealedFile.Writer) { self.writer = writer }
    }

    package let path: String
    private let folder: String
    private let monitor: Monitor<Box>
    private let lock: Int32

    /// Begins the journal of `session` in `folder`. It is locked while this process lives.
    package init(folder: String, session: SessionID, cacheKey: borrowing SecretBytes) throws {
        self.folder = folder
        path = folder + "/" + session.hex
        monitor = Monitor(Box(try SealedFile.Writer(path: path, cacheKey: cacheKey)))
        lock = open(path, O_RDONLY | O_CLOEXEC)
        guard lock >= 0, sh_try_lock(lock) == 0 else { throw stateFailure(errno, "lock", path) }
    }

    deinit { close(lock) }

    /// Adds lines that belong together.
    package func append(_ lines: [Line]) throws {
        try monitor.withLock { box in
            for line in lines { try box.writer.append(Self.encode(line)) }
            try box.writer.flush()
        }
    }

    package func remove() { unlink(path) }

    /// The journals of sessions that are dead: their paths and lines.
    package static func abandoned(folder: String, cacheKey: borrowing SecretBytes) -> [(path: String, lines: [Line])] {
        var found: [(path: String, lines: [Line])] = []
        for name in names(in: folder) {
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

    private static func names(in folder: String) -> [String] {
        ((try? LocalFile.names(in: folder)) ?? []).filter { SessionID(hex: $0) != nil }
    }

    /// Whether another session of this host is at work.
    package var hasCompany: Bool {
        Self.names(in: folder).contains { name in
            let other = folder + "/" + name
            guard other != path else { return false }
            let fd = open(other, O_RDONLY | O_CLOEXEC)
            guard fd >= 0 else { return false }
            defer { close(fd) }
            return sh_try_lock(fd) != 0
        }
    }

    /// In a chunk's type: it is stored as a delta.
    private static let deltaBit: UInt8 = 0x80

    static func encode(_ line: Line) -> [UInt8] {
        var writer = ByteWriter()
        switch line {
        case .pack(let pack):
            writer.u8(1)
            writer.digest(pack.name)
            writer.u64(pack.size)
            writer.u8(pack.kind.rawValue)
            writer.varint(pack.entries.count)
            for entry in pack.entries {
                writer.digest(entry.id)
                writer.u8(entry.type.rawValue | (entry.isDelta ? deltaBit : 0))
                writer.u32(entry.offset)
                writer.u32(entry.storedCount)
                writer.u32(entry.plaintextCount)
            }
        case .bundle(let line):
            writer.u8(3)
            writer.digest(line.bundle)
            writer.varint(line.files.count)
            for file in line.files {
                writer.u64(file.content.high)
                writer.u64(file.content.low)
                writer.u32(file.count)
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
        let name = try reader.digest()
        switch kind {
        case 1: return .pack(try decodePack(&reader, name))
        case 2:
            let size = try reader.u64()
            var packs: [Digest32] = []
            for _ in 0..<(try reader.count(ofAtLeast: 32)) { packs.append(try reader.digest()) }
            return .run(name: name, size: size, packs: packs)
        case 3:
            var files: [BundleLine.File] = []
            for _ in 0..<(try reader.count(ofAtLeast: 20)) {
                let content = Prefix16(high: try reader.u64(), low: try reader.u64())
                files.append(BundleLine.File(content: content, count: try reader.u32()))
            }
            return .bundle(BundleLine(bundle: name, files: files))
        default: throw EncodingError("is a line of an unknown kind")
        }
    }

    private static func decodePack(_ reader: inout ByteReader, _ name: Digest32) throws(EncodingError) -> FinishedPack {
        let size = try reader.u64()
        guard let packClass = PackClass(rawValue: try reader.u8()) else {
            throw EncodingError("names an unknown class")
        }
        var entries: [Footer.Entry] = []
        for _ in 0..<(try reader.count(ofAtLeast: 45)) {
            let id = try reader.digest()
            let kind = try reader.u8()
            guard let type = ChunkType(rawValue: kind & ~deltaBit) else {
                throw EncodingError("names an unknown type")
            }
            entries.append(
                Footer.Entry(
                    id: id, type: type, offset: try reader.u32(), storedCount: try reader.u32(),
                    plaintextCount: try reader.u32(), isDelta: kind & deltaBit != 0))
        }
        return FinishedPack(name: name, kind: packClass, size: size, entries: entries)
    }
}
