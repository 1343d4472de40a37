import Primitives
import Sealing
import Storage

/// Walks listings and their twins and sees that each decodes, that both say the same, and that every chunk they lead to lies in a pack
/// that is there. What several snapshots share is looked at once.
package struct ListingCheck: ~Copyable {
    /// Something that the walk found wrong.
    package struct Finding: Sendable {
        package var object: String
        package var problem: String
        package var chunk: ChunkID
    }

    private let locator: ChunkLocator
    /// Names and sizes of all packs that are there.
    private let packs: [Digest32: UInt64]
    private var listing: ListingReader
    private let bases = BaseLog()
    private var chunks: ChunkReader
    private var visited: Set<ChunkID> = []
    private let checkpoint: () throws -> Void

    package private(set) var findings: [Finding] = []
    /// Listing nodes and blocks that cannot be read.
    package private(set) var lost: Set<ChunkID> = []
    /// Chunks that are in no pack, with the pack that the index names for them.
    package private(set) var missing: [ChunkID: Digest32?] = [:]
    package private(set) var blocks: UInt64 = 0
    package private(set) var records: UInt64 = 0
    package private(set) var references: UInt64 = 0

    package init(
        locator: ChunkLocator, packs: [Digest32: UInt64], listing: consuming ChunkReader,
        chunks: consuming ChunkReader,
        checkpoint: @escaping () throws -> Void
    ) {
        self.locator = locator
        self.packs = packs
        self.listing = ListingReader(chunks: listing, noting: bases)
        self.chunks = chunks
        self.checkpoint = checkpoint
    }

    package mutating func check(root: ChunkID, references: ChunkID) throws {
        try node(root, twin: references, below: nil)
    }

    private mutating func note(_ chunk: ChunkID, _ object: String, _ problem: String) {
        findings.append(Finding(object: object, problem: problem, chunk: chunk))
    }

    private mutating func node(_ id: ChunkID, twin: ChunkID, below: UInt8?) throws {
        guard visited.insert(id).inserted else { return }
        try checkpoint()
        let node: ListingNode
        do {
            node = try listing.node(id)
            guard below.map({ node.level < $0 }) ?? true else {
                throw Failure.damaged("Listing node \(id.hex.prefix(16))", "is above its parent")
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            lost.insert(id)
            return note(id, "Listing node \(id.hex.prefix(16))", failure.message)
        }
        try mirror(node, twin)
        for child in node.children {
            if node.level > 0 {
                try self.node(child.id, twin: child.twin, below: node.level)
            } else {
                try block(child)
            }
        }
    }

    private mutating func mirror(_ node: ListingNode, _ twin: ChunkID) throws {
        let name = "Reference node \(twin.hex.prefix(16))"
        do {
            let bytes = try chunks.read(twin, .referenceNode) { Array($0) }
            let (level, children) = try ReferenceEncoding.decodeNode(bytes)
            let same =
                children.count == node.children.count
                && zip(children, node.children).allSatisfy { $0.id == $1.id && $0.twin == $1.twin }
            if level != node.level || !same { note(twin, name, "does not mirror its listing node") }
        } catch let failure as Failure where failure.code.class == .integrity {
            note(twin, name, failure.message)
        } catch let error as EncodingError {
            note(twin, name, error.problem)
        }
    }

    private mutating func block(_ reference: ListingReference) throws {
        guard visited.insert(reference.id).inserted else { return }
        try checkpoint()
        do {
            bases.ids = []
            var block = try listing.block(reference.id)
            let named = try references(reference.twin)
            if !named.isSuperset(of: block.references.map(\.id)) || !isReadable(reference.id, with: named) {
                note(
                    reference.twin, "Reference block \(reference.twin.hex.prefix(16))",
                    "does not name all chunks of its listing block")
            }
            try records(of: &block, reference)
            blocks += 1
        } catch let failure as Failure where failure.code.class == .integrity {
            lost.insert(reference.id)
            note(reference.id, "Listing block \(reference.id.hex.prefix(16))", failure.message)
        } catch let error as EncodingError {
            lost.insert(reference.id)
            note(reference.id, "Listing block \(reference.id.hex.prefix(16))", error.problem)
        }
    }

    /// Whether the block, just read, can be read with nothing but what its twin names. It, and each of its bases, may lie in several
    /// places, stored in other ways; one will do.
    private mutating func isReadable(_ id: ChunkID, with named: Set<ChunkID>) -> Bool {
        if named.isSuperset(of: bases.ids) { return true }
        bases.allowed = named
        defer { bases.allowed = nil }
        return (try? listing.block(id)) != nil
    }

    private mutating func records(of block: inout ListingBlockDecoder, _ reference: ListingReference) throws {
        var record = ListingRecord()
        var last: [UInt8]?
        var count: UInt64 = 0
        while try block.next(&record) {
            if let last {
                guard PathOrder.compare(last, record.path) < 0 else { throw EncodingError("is out of order") }
            } else {
                guard record.path == reference.firstPath else {
                    throw EncodingError("does not begin where its node says")
                }
            }
            last = record.path
            count += 1
            if record.flags.contains(.contentList) { try list(of: record) }
        }
        guard count == reference.records, last == nil || last == reference.lastPath else {
            throw EncodingError("does not hold what its node says")
        }
        records += count
    }

    private mutating func list(of record: ListingRecord) throws {
        var missing: [ChunkID] = []
        var count: UInt64 = 0
        let named = try names(of: record.listTwins)
        var isNamed = true
        do {
            try listing.forEachSlice(of: record) { [locator, packs] slice in
                count += 1
                if let named, !named.contains(slice.id.prefix) { isNamed = false }
                if try Self.place(of: slice.id, locator, packs) == nil { missing.append(slice.id) }
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            note(
                record.slices.first?.id ?? .zero, "Content list of /\(String(decoding: record.path, as: UTF8.self))",
                failure.message)
        }
        if !isNamed {
            note(
                record.listTwins.first ?? .zero, "Content list of /\(String(decoding: record.path, as: UTF8.self))",
                "has chunks that its reference block does not name")
        }
        references += count
        for chunk in missing { try lose(chunk) }
    }

    /// All that the reference blocks of a content list name. Nil where one cannot be read, which is told elsewhere.
    private mutating func names(of twins: [ChunkID]) throws -> Set<Prefix16>? {
        var named: Set<Prefix16> = []
        do {
            for twin in twins {
                let bytes = try chunks.read(twin, .referenceBlock) { Array($0) }
                for chunk in try ReferenceEncoding.decodeBlock(bytes) { named.insert(chunk.id.prefix) }
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            return nil
        } catch is EncodingError {
            return nil
        }
        return named
    }

    /// The chunks that a reference block names, each of which must be there.
    private mutating func references(_ twin: ChunkID) throws -> Set<ChunkID> {
        let name = "Reference block \(twin.hex.prefix(16))"
        var named: Set<ChunkID> = []
        do {
            let bytes = try chunks.read(twin, .referenceBlock) { Array($0) }
            for chunk in try ReferenceEncoding.decodeBlock(bytes) {
                references += 1
                named.insert(chunk.id)
                if try Self.place(of: chunk.id, locator, packs) == nil { try lose(chunk.id) }
                if chunk.type == .referenceBlock, visited.insert(chunk.id).inserted { _ = try references(chunk.id) }
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            note(twin, name, failure.message)
        } catch let error as EncodingError {
            note(twin, name, error.problem)
        }
        return named
    }

    private mutating func lose(_ chunk: ChunkID) throws {
        guard missing[chunk] == nil else { return }
        missing[chunk] = .some(try locator.locations(of: chunk).first?.pack.name)
    }

    /// A place of the chunk within a pack that is there, in its right size.
    private static func place(of chunk: ChunkID, _ locator: ChunkLocator, _ packs: [Digest32: UInt64]) throws
        -> ChunkLocation?
    {
        let isThere: (ChunkLocation) -> Bool = { place in
            packs[place.pack.name] == place.pack.size && place.end <= place.pack.size
        }
        return try locator.locations(of: chunk).first(where: isThere)
            ?? locator.recoveredLocations(of: chunk).first(where: isThere)
    }
}
