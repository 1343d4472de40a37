import Primitives
import Sealing

/// Walks the records of a snapshot's listing in path order, passing over blocks that cannot hold what is wanted.
package struct ListingReader: ~Copyable {
    private var chunks: ChunkReader

    package init(chunks: consuming ChunkReader, noting bases: BaseLog? = nil) {
        self.chunks = chunks
        self.chunks.baseLog = bases
    }

    package mutating func node(_ id: ChunkID) throws -> ListingNode {
        let bytes = try chunks.read(id, .listingNode) { Array($0) }
        do {
            return try ListingNode(decoding: bytes)
        } catch {
            throw Failure.damaged("Listing node \(id.hex.prefix(16))", error.problem)
        }
    }

    package mutating func block(_ id: ChunkID) throws -> ListingBlockDecoder {
        try decode(id, try chunks.read(id, .listingBlock) { Array($0) })
    }

    private func decode(_ id: ChunkID, _ bytes: [UInt8]) throws -> ListingBlockDecoder {
        do {
            return try ListingBlockDecoder(bytes)
        } catch {
            throw Failure.damaged("Listing block \(id.hex.prefix(16))", error.problem)
        }
    }

    /// All slices of a file: those of its record, or those that its content list holds.
    package mutating func content(of record: ListingRecord) throws -> [Slice] {
        guard record.flags.contains(.contentList) else { return record.slices }
        var slices: [Slice] = []
        try forEachSlice(of: record) { slices.append($0) }
        return slices
    }

    /// The same one by one: the memory does not grow with the file.
    package mutating func forEachSlice(of record: ListingRecord, _ body: (Slice) throws -> Void) throws {
        guard record.flags.contains(.contentList) else { return try record.slices.forEach(body) }
        var pending: [UInt8] = []
        for part in record.slices {
            try chunks.read(part.id, part.type) { plaintext in
                guard let list = Bundle.slice(plaintext, part.type, offset: Int(part.offset), count: Int(part.count))
                else {
                    throw Failure.damaged("Content list \(part.id.hex.prefix(16))", "is shorter than its slice")
                }
                pending.append(contentsOf: list)
            }
            // A slice of the list may end within an entry.
            let whole = pending.count / ContentList.entryCount * ContentList.entryCount
            let slices: [Slice]
            do {
                slices = try pending.withUnsafeBytes { raw in
                    try ContentList.decode(UnsafeRawBufferPointer(rebasing: raw[..<whole]))
                }
            } catch let error as EncodingError {
                throw Failure.damaged("Content list \(part.id.hex.prefix(16))", error.problem)
            }
            pending.removeFirst(whole)
            try slices.forEach(body)
        }
        guard pending.isEmpty else {
            throw Failure.damaged(
                "The content list of \(String(decoding: record.path, as: UTF8.self))", "is cut off in an entry")
        }
    }

    /// Calls `body` with every record below the node `root` that `wants` lets through, in path order; `body` returns false to stop.
    /// A part of the listing that cannot be read is reported through `damaged`, with its reference, and passed over. Errors of `body` pass through.
    package mutating func forEachRecord(
        below root: ChunkID, where wants: (ListingReference) -> Bool = { _ in true },
        damaged: (ListingReference, Failure) throws -> Void = { throw $1 },
        _ body: (inout ListingRecord, ListingBlockDecoder) throws -> Bool
    ) throws {
        var stack = [try node(root)]
        var positions = [0]
        while let top = stack.last, let position = positions.last {
            guard position < top.children.count else {
                stack.removeLast()
                positions.removeLast()
                continue
            }
            positions[positions.count - 1] += 1
            let child = top.children[position]
            guard wants(child) else { continue }
            // Errors of `body` are its caller's business, whatever they look like.
            let outcome: Result<Bool, any Error>
            do {
                if top.level > 0 {
                    let below = try node(child.id)
                    guard below.level < top.level else {
                        throw Failure.damaged("Listing node \(child.id.hex.prefix(16))", "is above its parent")
                    }
                    stack.append(below)
                    positions.append(0)
                    continue
                }
                outcome = try forEachRecord(in: child.id, body)
            } catch let failure as Failure where failure.code.class == .integrity {
                try damaged(child, failure)
                continue
            }
            guard try outcome.get() else { return }
        }
    }

    /// False when `body` had enough; what `body` throws comes as a failure, what the block does wrong is thrown.
    private mutating func forEachRecord(
        in id: ChunkID, _ body: (inout ListingRecord, ListingBlockDecoder) throws -> Bool
    ) throws -> Result<Bool, any Error> {
        var block = try block(id)
        var record = ListingRecord()
        while try Self.next(&block, &record, id) {
            do {
                guard try body(&record, block) else { return .success(false) }
            } catch {
                return .failure(error)
            }
        }
        return .success(true)
    }

    private static func next(_ block: inout ListingBlockDecoder, _ record: inout ListingRecord, _ id: ChunkID) throws
        -> Bool
    {
        do {
            return try block.next(&record)
        } catch {
            throw Failure.damaged("Listing block \(id.hex.prefix(16))", error.problem)
        }
    }
}

extension ListingReference {
    /// Whether a record at or below `path` can lie between this reference's borders.
    package func mayHold(_ path: [UInt8]) -> Bool {
        if path.isEmpty { return true }
        if PathOrder.compare(lastPath, path) < 0 { return false }
        return PathOrder.compare(firstPath, path) <= 0 || PathOrder.isInside(firstPath, path)
    }
}
