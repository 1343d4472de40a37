import Primitives
import Sealing
import Storage

/// The ids of all chunks that snapshots need, found through the twins of their listings: with the structure key alone, no content and
/// no name is opened.
package final class LiveChunks {
    private let ids: LineTable
    private var followed: Set<Prefix16> = []
    /// Of an id that comes again and again most are not noted at all.
    private var recent = [Prefix16](repeating: Prefix16(high: 0, low: 0), count: 1 << 14)

    package init(space: CollectionSpace) { ids = LineTable(folder: space.folder, budget: space.lines) }

    package func insert(_ id: ChunkID) throws {
        let slot = Int(id.prefix.high >> 50)
        if recent[slot] == id.prefix { return }
        recent[slot] = id.prefix
        try ids.append(Line(id.prefix))
    }

    /// Before anything is read.
    package func settle() throws { try ids.settle() }
    func sorted() -> LineReader { ids.sorted() }

    /// Adds everything that a listing needs. A twin that is in no pack of `census` is an error, unless `isConfirmed` is false: then nobody
    /// can confirm the snapshot any more either.
    package func mark(
        root: ChunkID, references: ChunkID, isConfirmed: Bool, reader: borrowing TwinReader
    ) throws {
        try insert(root)
        try followNode(references, level: nil, isConfirmed, reader)
    }

    /// Whether the twin is to be looked into; one that was looked into before is not.
    private func begins(_ twin: ChunkID) throws -> Bool {
        try insert(twin)
        return followed.insert(twin.prefix).inserted
    }

    private func followNode(
        _ twin: ChunkID, level: UInt8?, _ isConfirmed: Bool, _ reader: borrowing TwinReader
    ) throws {
        guard try begins(twin), let bytes = try reader.read(twin, .referenceNode, mayBeMissing: !isConfirmed) else {
            return
        }
        let node = try Self.decoding(twin) { () throws(EncodingError) in try ReferenceEncoding.decodeNode(bytes) }
        if let level, node.level >= level { throw Failure.damaged(Self.name(twin), "is above its parent") }
        for child in node.children {
            try insert(child.id)
            if node.level == 0 {
                try followBlock(child.twin, isConfirmed, reader)
            } else {
                try followNode(child.twin, level: node.level, isConfirmed, reader)
            }
        }
    }

    private func followBlock(_ twin: ChunkID, _ isConfirmed: Bool, _ reader: borrowing TwinReader) throws {
        var open = [twin]
        while let next = open.popLast() {
            guard try begins(next), let bytes = try reader.read(next, .referenceBlock, mayBeMissing: !isConfirmed)
            else {
                continue
            }
            let chunks = try Self.decoding(next) { () throws(EncodingError) in try ReferenceEncoding.decodeBlock(bytes)
            }
            for chunk in chunks {
                try insert(chunk.id)
                if chunk.type == .referenceBlock { open.append(chunk.id) }
            }
        }
    }

    private static func name(_ twin: ChunkID) -> String { "Reference \(twin.hex.prefix(16))" }

    private static func decoding<R>(_ twin: ChunkID, _ body: () throws(EncodingError) -> R) throws -> R {
        do throws(EncodingError) { return try body() } catch { throw Failure.damaged(name(twin), error.problem) }
    }
}
