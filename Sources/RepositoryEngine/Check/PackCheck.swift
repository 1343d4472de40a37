import Primitives
import Sealing
import Storage

/// What reading every byte of a pack showed.
package struct PackFindings: Sendable {
    package var bytes: UInt64 = 0
    package var chunks: UInt64 = 0
    /// Whether the object's bytes are the ones that its name was made of.
    package var nameHolds = false
    package var damaged: [(type: ChunkType, id: ChunkID, problem: String)] = []
    /// Deltas that are whole, as far as they go, and whose bases are gone. After a collection that is so for blocks that no snapshot needs.
    package var baseless: [(type: ChunkType, id: ChunkID, problem: String)] = []
    /// Pieces of files that are stored as deltas, with what they lean on.
    package var deltas: [(id: ChunkID, bases: [ChunkID])] = []
    /// Chunks that no index run has at this place.
    package var unindexed: UInt64 = 0
    /// The object as a whole: unreadable header or footers, entries out of bounds.
    package var failure: Failure?
}

/// Reads packs from their first byte to their last, once: hashes the object and opens, decompresses and identifies every chunk on the
/// way. One per thread; it holds a stretch of the pack and one chunk.
package struct PackCheck: ~Copyable {
    private static let longest = BlobFrame.bound(BlobFrame.maximumPlaintext) + 16

    private let store: any ObjectStore
    private let opener: SealOpener
    private let packs: PackCache
    private let locator: ChunkLocator
    private var decoder = BlobDecoder()
    private let stretch: Int
    private var buffer: UnsafeMutableRawBufferPointer
    private var baseReaders: [DomainID: BaseReader] = [:]

    /// `stretch` bytes of a pack are read at a time.
    package init(
        store: any ObjectStore, opener: SealOpener, packs: PackCache, locator: ChunkLocator, stretch: Int = 1 << 20
    ) {
        self.stretch = stretch
        buffer = .allocate(byteCount: stretch, alignment: 4096)
        self.store = store
        self.opener = opener
        self.packs = packs
        self.locator = locator
    }

    deinit { buffer.deallocate() }

    /// Damage is in the findings; only a store that fails, or `checkpoint`, throws.
    package mutating func check(_ pack: IndexedPack, checkpoint: () throws -> Void) throws -> PackFindings {
        var findings = PackFindings()
        var footer = Footer()
        var reader: PackReader?
        do {
            let opened = try PackReader.open(pack.name, pack.kind, store: store, opener: opener)
            reader = opened
            footer = try opened.footer(store: store)
            footer.entries.sort { $0.offset < $1.offset }
        } catch let failure as Failure where failure.code.class == .integrity {
            findings.failure = failure
            if failure.code == .objectMissing { return findings }
        }
        try scan(pack, footer, reader, &findings, checkpoint)
        return findings
    }

    private mutating func scan(
        _ pack: IndexedPack, _ footer: Footer, _ reader: PackReader?, _ findings: inout PackFindings,
        _ checkpoint: () throws -> Void
    ) throws {
        let name = Names.pack(pack.name, pack.kind)
        var object = ObjectHash()
        var position = 0
        var next = 0
        while true {
            try checkpoint()
            // A stretch ends with a whole chunk, so that none is cut in two.
            var last = next
            var end = position + stretch
            if next < footer.entries.count {
                while last < footer.entries.count, footer.entries[last].end <= end { last += 1 }
                if last == next { last += 1 }
                end = min(max(position, footer.entries[last - 1].end), position + Self.longest)
            }
            let filled = try fill(name, position, end - position)
            let stretch = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<filled])
            for entry in footer.entries[next..<last] {
                try check(entry, footer, reader, pack, position, stretch, &object, &findings)
            }
            object.finish(stretch)
            next = last
            position += filled
            findings.bytes += UInt64(filled)
            if position < end { break }
        }
        for entry in footer.entries[next...] { findings.damaged.append((entry.type, entry.id, "is cut off")) }
        findings.nameHolds = object.lane.value() == pack.name
    }

    private mutating func baseReader(of domain: DomainID, _ identity: ChunkIdentity) -> BaseReader {
        if let reader = baseReaders[domain] { return reader }
        let reader = BaseReader(
            ChunkReader(store: store, locator: locator, packs: packs, identity: identity, depth: 1))
        baseReaders[domain] = reader
        return reader
    }

    private mutating func fill(_ name: ObjectName, _ offset: Int, _ count: Int) throws -> Int {
        if buffer.count < count {
            buffer.deallocate()
            buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 4096)
        }
        return try store.read(name, at: Int64(offset), into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    }

    private mutating func check(
        _ entry: Footer.Entry, _ footer: Footer, _ reader: PackReader?, _ pack: IndexedPack, _ position: Int,
        _ stretch: UnsafeRawBufferPointer, _ object: inout ObjectHash, _ findings: inout PackFindings
    ) throws {
        findings.chunks += 1
        guard let reader else { return }
        do {
            let range = Int(entry.offset) - position..<max(Int(entry.offset), entry.end) - position
            guard range.lowerBound >= 0, range.upperBound <= stretch.count else {
                throw EncodingError("lies outside of its pack, or over another chunk")
            }
            let origin = entry.origin > 0 ? footer.origins[Int(entry.origin) - 1] : reader.header
            guard let identity = opener.identity(of: origin.domain) else { return }
            let seal = try packs.seal(of: entry, in: footer, reader)
            let blob = UnsafeRawBufferPointer(rebasing: stretch[range])
            var bases: [ChunkID] = []
            let below = baseReader(of: origin.domain, identity)
            let base = { (base: DeltaBase, room: UnsafeMutableRawBufferPointer) in
                bases.append(base.id)
                _ = try below.reader.copy(base, into: room)
            }
            try decoder.open(blob, seal: seal, type: entry.type, id: entry.id, base: base) { plaintext in
                try identity.verify(
                    try object.digest(of: plaintext, entry.type, beside: range, of: stretch), is: entry.id, entry.type)
                guard plaintext.count == Int(entry.plaintextCount) else {
                    throw EncodingError("has another length than its pack's footer says")
                }
            }
            guard !bases.isEmpty == entry.isDelta else {
                throw EncodingError("is stored in another way than its pack's footer says")
            }
            if entry.type == .data, !bases.isEmpty { findings.deltas.append((entry.id, bases)) }
        } catch let error as EncodingError {
            findings.damaged.append((entry.type, entry.id, error.problem))
        } catch let failure as Failure
            where entry.isDelta && (failure.code == .chunkMissing || failure.code == .objectMissing)
        {
            findings.baseless.append((entry.type, entry.id, failure.message))
        } catch let failure as Failure where failure.code.class == .integrity {
            findings.damaged.append((entry.type, entry.id, failure.message))
        }
        let isIndexed = try locator.locations(of: entry.id).contains {
            $0.pack.name == pack.name && $0.offset == entry.offset && $0.storedCount == entry.storedCount
        }
        if !isIndexed { findings.unindexed += 1 }
    }
}

/// The hash of an object as a whole, on its way through a stretch of it.
private struct ObjectHash {
    var lane = SHA256Lane()
    /// How much of the stretch is in it.
    private var done = 0

    /// The digest of a chunk; its blob, at `range` of the stretch, is hashed beside it, which costs half as much as by itself.
    mutating func digest(
        of plaintext: UnsafeRawBufferPointer, _ type: ChunkType, beside range: Range<Int>,
        of stretch: UnsafeRawBufferPointer
    ) throws(EncodingError) -> Digest32 {
        // Entries that overlap are damage; the object is hashed once all the same.
        guard done <= range.lowerBound else {
            var unused = SHA256Lane()
            return try ChunkDigest.of(plaintext, type, beside: &unused, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        lane.update(UnsafeRawBufferPointer(rebasing: stretch[done..<range.lowerBound]))
        done = range.lowerBound
        let digest = try ChunkDigest.of(
            plaintext, type, beside: &lane, UnsafeRawBufferPointer(rebasing: stretch[range]))
        done = range.upperBound
        return digest
    }

    /// Hashes what is left of the stretch; another one follows.
    mutating func finish(_ stretch: UnsafeRawBufferPointer) {
        lane.update(UnsafeRawBufferPointer(rebasing: stretch[done...]))
        done = 0
    }
}

extension Footer.Entry {
    fileprivate var end: Int { Int(offset) + Int(storedCount) }
}

/// SHA-256 of whole objects, for those who hold no key.
package enum ObjectDigest {
    package static func of(
        _ name: ObjectName, in store: any ObjectStore, buffer: UnsafeMutableRawBufferPointer,
        checkpoint: () throws -> Void
    ) throws -> (digest: Digest32, count: UInt64) {
        var hasher = RunningSHA256()
        var offset: Int64 = 0
        while true {
            try checkpoint()
            let filled = try store.read(name, at: offset, into: buffer)
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
            offset += Int64(filled)
            if filled < buffer.count { return (hasher.value(), UInt64(offset)) }
        }
    }
}
