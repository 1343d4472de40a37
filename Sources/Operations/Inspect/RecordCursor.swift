import Primitives
import RepositoryEngine

/// Steps through the records of some of a listing's blocks, one at a time.
struct RecordCursor: ~Copyable {
    private var reader: ListingReader
    private var blocks: ArraySlice<ListingReference>
    private var block: ListingBlockDecoder?
    private(set) var record = ListingRecord()
    private(set) var isAtEnd = false

    /// `blocks` in path order. The first record is there at once.
    init(reader: consuming ListingReader, blocks: [ListingReference]) throws {
        self.reader = reader
        self.blocks = blocks[...]
        try advance()
    }

    mutating func advance() throws {
        while true {
            if block != nil, try step() { return }
            guard let next = blocks.popFirst() else {
                isAtEnd = true
                return
            }
            block = try reader.block(next.id)
            record = ListingRecord()
        }
    }

    private mutating func step() throws -> Bool {
        do {
            return try block?.next(&record) ?? false
        } catch {
            throw Failure.damaged("A block of the listing", error.problem)
        }
    }

    var owners: [OwnerName] { block?.owners ?? [] }
}

extension ListingReader {
    /// References to all blocks below `root`, in path order.
    mutating func blocks(below root: ChunkID, where wants: (ListingReference) -> Bool) throws -> [ListingReference] {
        var found: [ListingReference] = []
        try collect(try node(root), wants, into: &found)
        return found
    }

    private mutating func collect(
        _ node: ListingNode, _ wants: (ListingReference) -> Bool, into found: inout [ListingReference]
    ) throws {
        for child in node.children where wants(child) {
            if node.level == 0 {
                found.append(child)
            } else {
                let below = try self.node(child.id)
                guard below.level < node.level else {
                    throw Failure.damaged("A node of the listing", "is above its parent")
                }
                try collect(below, wants, into: &found)
            }
        }
    }
}
