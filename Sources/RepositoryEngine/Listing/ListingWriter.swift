import Primitives
import Sealing
import Storage

/// Cuts records into blocks, stores the blocks that are new with their twins, and builds the tree above them.
///
/// Blocks end where a keyed hash of the path says so, so that a change disturbs only its neighbourhood. Records that are taken over
/// unchanged from the previous listing cost nothing as long as a whole block of them comes again: its reference is used once more.
package final class ListingWriter {
    private static let fewest = 16
    private static let most = 512
    private static let borderMask: UInt64 = 31
    private static let nodeBorderMask: UInt64 = 63
    private static let mostBytes = 1 << 20
    private static let fewestChildren = 64
    private static let mostChildren = 1024

    private let identity: ChunkIdentity
    private let seed: UInt64
    private let compressor = Compressor(level: .standard)
    private let chunks: any MetadataChunks
    private let keep: SealedFile.Writer
    private let ownerNames: any OwnerNames
    /// What blocks may be stored as a difference to.
    private let previous: PreviousListing?
    private let isStored: (PreviousListing.Block) throws -> Bool
    private var encoder = ListingBlockEncoder()
    private var levels: [[ListingReference]] = [[]]
    /// The nodes of the tree, with their twins.
    private(set) package var nodes: [ChunkID] = []

    /// The old block whose first `matched` records came again, in order, since the last border.
    private var matching: (block: PreviousListing.Block, number: Int, isLast: Bool)?
    private var matched = 0
    private(set) package var recordCount: UInt64 = 0
    private(set) package var newBlocks = 0
    private(set) package var reusedBlocks = 0

    /// `keep` gets every block, for the host's next run; its head is written by `finish`. Of `previous` only blocks that are still stored
    /// are used again.
    package init(
        identity: ChunkIdentity, seed: UInt64, chunks: any MetadataChunks, keep: SealedFile.Writer,
        ownerNames: any OwnerNames, previous: PreviousListing? = nil,
        isStored: @escaping (PreviousListing.Block) throws -> Bool = { _ in true }
    ) {
        self.previous = previous
        self.isStored = isStored
        self.identity = identity
        self.seed = seed
        self.chunks = chunks
        self.keep = keep
        self.ownerNames = ownerNames
    }

    /// Adds a record that was made anew.
    package func append(_ record: ListingRecord) throws {
        try replayMatched()
        try encode(record)
    }

    /// Adds the current record of `previous` as it is.
    package func takeOver(from previous: PreviousListing) throws {
        guard let block = previous.block else { return }
        guard try isStored(block) else { return try append(previous.record) }
        let number = previous.blockNumber
        if encoder.recordCount == 0,
            matching == nil ? previous.ordinal == 0 : (matching?.number == number && previous.ordinal == matched)
        {
            if matching == nil {
                matching = (block, number, previous.isLastBlock)
                matched = 0
            }
            matched += 1
            recordCount += 1
            // The last block of a listing may have ended for want of records: it is kept open until it is known what follows.
            if UInt64(matched) == block.reference.records, !previous.isLastBlock { try closeMatched() }
            return
        }
        try replayMatched()
        if encoder.recordCount == 0, previous.ordinal == 0 {
            matching = (block, number, previous.isLastBlock)
            matched = 1
            recordCount += 1
            if UInt64(matched) == block.reference.records, !previous.isLastBlock { try closeMatched() }
            return
        }
        try encode(previous.record)
    }

    private func closeMatched() throws {
        guard let matching else { return }
        try emit(matching.block, isNew: false)
        self.matching = nil
        matched = 0
    }

    /// The block did not come again as a whole: its records so far are encoded after all.
    private func replayMatched() throws {
        guard let matching, matched > 0 else { return }
        let count = matched
        self.matching = nil
        matched = 0
        var decoder: ListingBlockDecoder
        var record = ListingRecord()
        do throws(EncodingError) {
            decoder = try ListingBlockDecoder(matching.block.plaintext)
            for _ in 0..<count {
                guard try decoder.next(&record) else { break }
                recordCount -= 1
                do { try encode(record) } catch { throw EncodingError("cannot be stored: \(error)") }
            }
        } catch {
            throw Failure(
                .stateUnusable, "The kept listing \(error.problem).", advice: "Run the backup again with --full.")
        }
    }

    private func encode(_ record: ListingRecord) throws {
        encoder.append(record, owner: ownerNames.name)
        recordCount += 1
        let isBorder = encoder.recordCount >= Self.fewest && Self.hash(record.path, seed) & Self.borderMask == 0
        if isBorder || encoder.recordCount >= Self.most || encoder.byteCount >= Self.mostBytes { try closeBlock() }
    }

    /// FNV-1a over the path, begun with a secret, and mixed at the end: nobody outside sees borders, so no more is needed.
    private static func hash(_ path: [UInt8], _ seed: UInt64) -> UInt64 {
        var hash = seed ^ 0xcbf2_9ce4_8422_2325
        for byte in path { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        return (hash &* 0x9e37_79b9_7f4a_7c15) >> 16
    }

    private func closeBlock() throws {
        guard encoder.recordCount > 0 else { return }
        var reference = ListingReference(
            id: .zero, twin: .zero, firstPath: encoder.firstPath, lastPath: encoder.lastPath,
            records: UInt64(encoder.recordCount),
            files: UInt64(encoder.fileCount), bytes: encoder.contentBytes, newestMtime: encoder.newestMtime)
        let chunkTable = encoder.references
        let plaintext = encoder.finish()
        reference.id = plaintext.withUnsafeBytes { identity.id(of: .listingBlock, plaintext: $0) }
        let old = try (previous?.blocks(from: reference.firstPath, through: reference.lastPath) ?? []).filter(isStored)
        if let same = old.first(where: { $0.reference.id == reference.id }) { return try emit(same, isNew: false) }

        // A block that comes back must not lean on one that leans on it.
        let free = old.filter { !$0.bases.contains(reference.id) }
        let frame = ListingBlockFrame(plaintext, old: free, with: compressor)
        let references = ReferenceEncoding.block(chunkTable + frame.bases.map { (.listingBlock, $0) })
        reference.twin = references.withUnsafeBytes { identity.id(of: .referenceBlock, plaintext: $0) }
        try chunks.store(frame, reference.id)
        try chunks.store(references, .referenceBlock, reference.twin)
        try emit(
            PreviousListing.Block(
                reference: reference, plaintext: plaintext, depth: frame.depth, bases: frame.bases), isNew: true)
    }

    private func emit(_ block: PreviousListing.Block, isNew: Bool) throws {
        if isNew { newBlocks += 1 } else { reusedBlocks += 1 }
        try keep.append(block.encoded(with: compressor))
        previous?.forget(before: block.reference.lastPath)
        try add(block.reference, level: 0)
    }

    private func add(_ reference: ListingReference, level: Int) throws {
        if levels.count == level { levels.append([]) }
        levels[level].append(reference)
        let count = levels[level].count
        let isBorder =
            count >= Self.fewestChildren
            && Self.hash(reference.lastPath, seed &+ UInt64(level) &+ 1) & Self.nodeBorderMask == 0
        if isBorder || count >= Self.mostChildren { try closeNode(level) }
    }

    private func closeNode(_ level: Int) throws {
        try add(try storeNode(level), level: level + 1)
    }

    private func storeNode(_ level: Int) throws -> ListingReference {
        let node = ListingNode(level: UInt8(level), children: levels[level])
        levels[level] = []
        let plaintext = node.encoded()
        let references = ReferenceEncoding.node(node)
        let id = plaintext.withUnsafeBytes { identity.id(of: .listingNode, plaintext: $0) }
        let twin = references.withUnsafeBytes { identity.id(of: .referenceNode, plaintext: $0) }
        nodes += [id, twin]
        try chunks.store(plaintext, .listingNode, id)
        try chunks.store(references, .referenceNode, twin)
        return ListingReference(
            id: id, twin: twin, firstPath: node.children.first?.firstPath ?? [],
            lastPath: node.children.last?.lastPath ?? [],
            records: node.children.reduce(0) { $0 + $1.records }, files: node.children.reduce(0) { $0 + $1.files },
            bytes: node.children.reduce(0) { $0 &+ $1.bytes }, newestMtime: node.children.map(\.newestMtime).max() ?? 0)
    }

    /// Ends the listing and returns the reference of its root.
    package func finish() throws -> ListingReference {
        if let matching, UInt64(matched) == matching.block.reference.records { try closeMatched() }
        try replayMatched()
        try closeBlock()
        var level = 0
        while level < levels.count - 1 {
            if !levels[level].isEmpty { try closeNode(level) }
            level += 1
        }
        if levels[level].count == 1, level > 0, let only = levels[level].first { return only }
        return try storeNode(level)
    }
}

/// Stores the chunks of listings in metadata packs.
package protocol MetadataChunks: AnyObject {
    /// Stores a chunk once.
    func store(_ plaintext: [UInt8], _ type: ChunkType, _ id: ChunkID) throws
    /// Stores a listing block in just this form, for its twin names what this form needs.
    func store(_ block: ListingBlockFrame, _ id: ChunkID) throws
}

/// Names of users and groups.
package protocol OwnerNames: AnyObject {
    func name(isGroup: Bool, _ id: UInt32) -> String?
}

extension OwnerNames {
    package func name(_ isGroup: Bool, _ id: UInt32) -> String? { name(isGroup: isGroup, id) }
}
