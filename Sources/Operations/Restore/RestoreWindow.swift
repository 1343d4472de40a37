import Primitives
import RepositoryEngine
import Sealing

/// What is rare on an entry, kept out of the many that have none of it.
struct RareMetadata: Sendable {
    var attributes: [ExtendedAttribute] = []
    var inodeFlags: UInt64 = 0
    var extents: [Extent] = []
    var target: [UInt8] = []
    var deviceMajor: UInt32 = 0
    var deviceMinor: UInt32 = 0
}

/// Owner, mode and times of an entry.
struct Metadata: Sendable {
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32
    /// Nil where the time is not restored: ancestors of a backed-up path have none.
    var mtime: FileTime?
    var rare: RareMetadata?

    init(_ record: ListingRecord) {
        (mode, uid, gid) = (record.mode, record.uid, record.gid)
        mtime = record.flags.contains(.ancestor) ? nil : record.mtime
        let hasNode = record.kind == .characterDevice || record.kind == .blockDevice
        guard
            !record.attributes.isEmpty || record.inodeFlags != 0 || !record.extents.isEmpty || !record.target.isEmpty
                || hasNode
        else { return }
        rare = RareMetadata(
            attributes: record.attributes, inodeFlags: record.inodeFlags, extents: record.extents,
            target: record.target,
            deviceMajor: record.deviceMajor, deviceMinor: record.deviceMinor)
    }
}

/// One entry that is to be made in a directory of the window.
struct EntryTask: Sendable {
    /// Ordinal of the directory in the window.
    var directory: Int
    /// Where its name, ended by a NUL, begins in the window's names.
    var name: Int
    var nameCount: Int
    var kind: EntryKind
    /// Whether something stands there that makes room.
    var replaces: Bool
    var number: UInt32
    var size: UInt64
    var metadata: Metadata
    /// For files of several pieces.
    var shared: SharedFile?
    var copy: CopySource?
}

/// A file that was restored before and has the same content.
final class CopySource: Sendable {
    /// Relative to the target.
    let path: [UInt8]
    /// Where the content comes from if the file is not what it was.
    let slice: Slice
    let digest: Digest32

    init(path: [UInt8], slice: Slice, digest: Digest32) { (self.path, self.slice, self.digest) = (path, slice, digest) }
}

/// A file that several pieces go into, perhaps from several threads and windows.
final class SharedFile: Sendable {
    struct State {
        var exists = false
        /// Pieces that are planned and not yet written, and one for the planner.
        var outstanding = 1
        var damage: (kind: EntryProblem.Kind, reason: String)?
    }

    let state = Monitor(State())

    var isDamaged: Bool { state.withLock { $0.damage != nil } }

    func fail(_ kind: EntryProblem.Kind, _ reason: String) {
        state.withLock { $0.damage = $0.damage ?? (kind, reason) }
    }
}

/// Part of a chunk that goes into a file.
struct Piece: Sendable {
    var entry: Int
    var chunk: Int
    /// In the plaintext; in a bundle from the first segment.
    var chunkOffset: UInt32
    var count: UInt32
    var fileOffset: UInt64
}

/// A further name of a file that was restored under another one.
struct LinkTask: Sendable {
    var directory: Int
    var name: [UInt8]
    /// Relative to the target.
    var first: [UInt8]
    var number: UInt32
    var replaces: Bool
}

/// A directory that nothing more comes into.
struct ClosedDirectory: Sendable {
    var handle: DirectoryHandle?
    /// Relative to the target, and as the listing has it.
    var path: [UInt8]
    var source: [UInt8]
    var metadata: Metadata?
}

/// A stretch of the plan: some thousand entries and the chunks that they need, in the order of packs.
struct RestoreWindow: Sendable {
    struct Directory: Sendable {
        var handle: DirectoryHandle
        /// As the listing has it; for messages.
        var source: [UInt8]
    }

    var directories: [Directory] = []
    var names: [UInt8] = []
    var entries: [EntryTask] = []
    var links: [LinkTask] = []
    var closed: [ClosedDirectory] = []
    var pieces: [Piece] = []
    var chunks: [PlacedChunk] = []
    /// Entries that need no chunk, and the planner's hold on files of several pieces.
    var plain: [Int] = []
    /// Set by `arrange`: for each chunk the range of its pieces, and runs of chunks that are read at once.
    private(set) var firstPiece: [Int] = []
    private(set) var runs: [Range<Int>] = []
    /// Set by `arrange`: packs to open before anything is read from them.
    private(set) var packs: [IndexedPack] = []

    /// Plain entries are handed out in this many at a time.
    static let plainBatch = 64
    /// Of two windows they have room beside each other among the packs that are kept open; further ones are opened when they are read.
    private static let mostOpenedAhead = 64

    enum Job {
        case open(IndexedPack)
        case make(plain: ArraySlice<Int>)
        case read(run: Range<Int>)
    }

    private var batches: Int { (plain.count + Self.plainBatch - 1) / Self.plainBatch }
    var jobCount: Int { packs.count + batches + runs.count }

    /// What is to be done, in this order.
    func job(_ ordinal: Int) -> Job {
        if ordinal < packs.count { return .open(packs[ordinal]) }
        let batch = ordinal - packs.count
        guard batch < batches else { return .read(run: runs[batch - batches]) }
        return .make(plain: plain[(batch * Self.plainBatch)...].prefix(Self.plainBatch))
    }

    var isEmpty: Bool { entries.isEmpty && links.isEmpty && closed.isEmpty && pieces.isEmpty && plain.isEmpty }

    /// Sorts chunks by where they lie and pieces by their chunks, and joins neighbours to runs.
    mutating func arrange(_ reach: ReadingReach) {
        let order = chunks.indices.sorted { chunks[$0].place < chunks[$1].place }
        var rank = [Int](repeating: 0, count: chunks.count)
        for (position, chunk) in order.enumerated() { rank[chunk] = position }
        chunks = order.map { chunks[$0] }
        for i in pieces.indices { pieces[i].chunk = rank[pieces[i].chunk] }
        pieces.sort { ($0.chunk, $0.entry, $0.fileOffset) < ($1.chunk, $1.entry, $1.fileOffset) }
        firstPiece = [Int](repeating: pieces.count, count: chunks.count + 1)
        for i in pieces.indices.reversed() { firstPiece[pieces[i].chunk] = i }
        runs = reach.runs(of: chunks)
        guard reach.opensAhead else { return }
        for run in runs where packs.last?.name != chunks[run.lowerBound].place.pack.name {
            guard packs.count < Self.mostOpenedAhead else { break }
            packs.append(chunks[run.lowerBound].place.pack)
        }
    }

    func path(of entry: EntryTask) -> [UInt8] {
        path(directories[entry.directory].source, names[entry.name..<entry.name + entry.nameCount])
    }
    func path(of link: LinkTask) -> [UInt8] { path(directories[link.directory].source, link.name[...]) }

    private func path(_ directory: [UInt8], _ name: ArraySlice<UInt8>) -> [UInt8] {
        directory.isEmpty ? Array(name) : directory + [0x2F] + name
    }
}
