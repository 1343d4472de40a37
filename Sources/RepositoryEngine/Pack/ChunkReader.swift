import Primitives
import Sealing
import Storage

/// Opened packs, shared by threads. At most `limit` are remembered.
package final class PackCache: Sendable {
    private let store: any ObjectStore
    private let opener: SealOpener
    private let limit: Int
    private let packs = Monitor<[Digest32: PackReader]>([:])
    /// Of packs with moved blobs.
    private let origins = Monitor<[Digest32: OriginTable]>([:])
    let bases = BaseCache()

    package init(store: any ObjectStore, opener: SealOpener, limit: Int = 256) {
        self.store = store
        self.opener = opener
        self.limit = limit
    }

    package func open(_ pack: IndexedPack) throws -> PackReader {
        if let reader = packs.withLock({ $0[pack.name] }) { return reader }
        let reader = try PackReader.open(pack.name, pack.kind, store: store, opener: opener)
        packs.withLock { packs in
            if packs.count >= limit { packs.removeAll() }
            packs[pack.name] = reader
        }
        return reader
    }

    /// The keys and the offset that the blob at `place` was sealed with; collection may have moved it here from another object.
    func seal(of place: ChunkLocation) throws -> BlobDecoder.Seal {
        let reader = try open(place.pack)
        guard place.pack.hasMovedBlobs else { return BlobDecoder.Seal(keys: reader.keys, offset: UInt64(place.offset)) }
        let table = try originTable(of: reader)
        guard let entry = table.entries[place.offset] else { throw EncodingError("is not listed in its pack") }
        guard entry.origin > 0 else { return BlobDecoder.Seal(keys: reader.keys, offset: UInt64(place.offset)) }
        return BlobDecoder.Seal(keys: try table.keys(entry.origin, opener), offset: entry.offset)
    }

    private func originTable(of reader: PackReader) throws -> OriginTable {
        if let table = origins.withLock({ $0[reader.digest] }) { return table }
        let table = OriginTable(try reader.footer(store: store))
        origins.withLock { origins in
            if origins.count >= 16 { origins.removeAll() }
            origins[reader.digest] = table
        }
        return table
    }

    package func seal(of entry: Footer.Entry, in footer: Footer, _ reader: PackReader) throws -> BlobDecoder.Seal {
        guard entry.origin > 0 else { return BlobDecoder.Seal(keys: reader.keys, offset: UInt64(entry.offset)) }
        let keys = try opener.keys(for: footer.origins[Int(entry.origin) - 1], needing: .data, .structure)
        return BlobDecoder.Seal(keys: keys, offset: entry.originOffset)
    }
}

/// Where each blob of a pack was sealed; the keys of an origin are made once.
private final class OriginTable: Sendable {
    let entries: [UInt32: (origin: UInt16, offset: UInt64)]
    private let headers: [SealHeader]
    private let made = Monitor<[UInt16: ObjectKeys]>([:])

    init(_ footer: Footer) {
        headers = footer.origins
        entries = Dictionary(
            footer.entries.map { ($0.offset, ($0.origin, $0.originOffset)) }, uniquingKeysWith: { first, _ in first })
    }

    func keys(_ origin: UInt16, _ opener: SealOpener) throws -> ObjectKeys {
        if let keys = made.withLock({ $0[origin] }) { return keys }
        let keys = try opener.keys(for: headers[Int(origin) - 1], needing: .data, .structure)
        made.withLock { $0[origin] = keys }
        return keys
    }
}

/// The bases that reading deltas needed.
package final class BaseLog {
    package var ids: Set<ChunkID> = []
    /// Where set, nothing else serves as a base: a place of a chunk that needs another one is passed over.
    package var allowed: Set<ChunkID>?
    package init() {}
}

private final class NeighbourDecoder {
    var decoder = BlobDecoder()
}

/// The reader of a delta's bases, once one is needed.
final class BaseReader {
    var reader: ChunkReader
    init(_ reader: consuming ChunkReader) { self.reader = reader }
}

private final class BaseReading {
    var below: BaseReader?
    /// Of the chunk that was opened last: how many steps its bases took.
    var steps = 0
}

/// Fetches chunks by id: finds, reads, opens, decompresses and checks them. One per thread.
package struct ChunkReader: ~Copyable {
    private let store: any ObjectStore
    private let locator: ChunkLocator
    private let packs: PackCache
    private let identity: ChunkIdentity
    private let depth: Int
    /// Hears of every base, also those of bases.
    package var baseLog: BaseLog?
    private var decoder = BlobDecoder()
    /// For the second of two chunks that are open at once.
    private var neighbour: NeighbourDecoder?
    private let bases = BaseReading()
    private var sealed = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// The digest of a whole that goes on by a chunk while that is checked.
    private var beside: SHA256Lane?

    package init(store: any ObjectStore, locator: ChunkLocator, packs: PackCache, identity: ChunkIdentity) {
        self.init(store: store, locator: locator, packs: packs, identity: identity, depth: 0)
    }

    /// At `depth` steps below a chunk that somebody wants.
    init(store: any ObjectStore, locator: ChunkLocator, packs: PackCache, identity: ChunkIdentity, depth: Int) {
        self.store = store
        self.locator = locator
        self.packs = packs
        self.identity = identity
        self.depth = depth
        decoder.givesAway = depth > 0
    }

    deinit { sealed.deallocate() }

    /// Opens a pack that will be read from. What is wrong with it comes out when it is.
    package func prepare(_ pack: IndexedPack) throws { _ = try packs.open(pack) }

    /// Hands the plaintext of a chunk to `body`. Every place that the index knows is tried before the chunk is given up:
    /// `chunk-missing` when there is none, the last damage when there is none that is whole. Errors of `body` pass through.
    package mutating func read<R>(_ id: ChunkID, _ type: ChunkType, _ body: (UnsafeRawBufferPointer) throws -> R) throws
        -> R
    {
        try read(id, type, at: try locator.locations(of: id), body)
    }

    /// The same of data, by which `whole` goes on: the two digests are made side by side.
    package mutating func read<R>(
        _ id: ChunkID, beside whole: inout SHA256Lane, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        beside = whole
        defer {
            whole = beside ?? whole
            beside = nil
        }
        return try read(id, .data, body)
    }

    /// The same for a chunk whose places are known.
    package mutating func read<R>(
        _ id: ChunkID, _ type: ChunkType, at places: [ChunkLocation], _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        var last: Failure?
        for place in places {
            if let outcome = try attempt(id, type, at: place, &last, body) { return try outcome.get() }
        }
        // The index may name a pack that is gone while another, unindexed one holds the same chunk.
        for place in try locator.recoveredLocations(of: id) where !places.contains(place) {
            if let outcome = try attempt(id, type, at: place, &last, body) { return try outcome.get() }
        }
        throw last
            ?? Failure(
                .chunkMissing, "The chunk \(id.hex.prefix(16)) is in no pack of the repository.",
                advice:
                    "Run 'safehold verify' to learn what it affects; copy missing packs back from another copy of the repository."
            )
    }

    /// What `body` made of the chunk, or nil when this place does not have it whole.
    private mutating func attempt<R>(
        _ id: ChunkID, _ type: ChunkType, at place: ChunkLocation, _ last: inout Failure?,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> Result<R, any Error>? {
        do {
            return try load(id, type, at: place, body)
        } catch let failure as Failure where failure.code.class == .integrity {
            last = failure
        } catch let error as EncodingError {
            last = Failure.damaged(
                "Chunk \(id.hex.prefix(16)) in \(Names.pack(place.pack.name, place.pack.kind))", error.problem)
        }
        return nil
    }

    private mutating func load<R>(
        _ id: ChunkID, _ type: ChunkType, at place: ChunkLocation, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> Result<R, any Error> {
        let filled = try fill(place.pack, at: Int(place.offset), count: Int(place.storedCount))
        return try open(id, type, at: place, in: 0..<Int(place.storedCount), of: filled, body)
    }

    /// Reads a stretch of a pack into the buffer and returns how much of it there is.
    private mutating func fill(_ pack: IndexedPack, at offset: Int, count: Int) throws -> Int {
        guard count <= BlobFrame.bound(BlobFrame.maximumPlaintext) + 16 else {
            throw EncodingError("claims \(count) bytes")
        }
        if sealed.count < count {
            sealed.deallocate()
            sealed = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        }
        let target = UnsafeMutableRawBufferPointer(rebasing: sealed[..<count])
        return try store.read(Names.pack(pack.name, pack.kind), at: Int64(offset), into: target)
    }

    /// Opens and checks the chunk at `range` of the buffer.
    private mutating func open<R>(
        _ id: ChunkID, _ type: ChunkType, at place: ChunkLocation, in range: Range<Int>, of filled: Int,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> Result<R, any Error> {
        guard range.upperBound <= filled else { throw EncodingError("is cut off") }
        let seal = try packs.seal(of: place)
        let blob = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(sealed)[range])
        // Wrong bytes of a base come out where what leans on it is identified.
        let identity = depth > 0 && baseLog == nil ? nil : identity
        let base = baseReader()
        bases.steps = 0
        var whole = beside
        let outcome = try decoder.open(blob, seal: seal, type: type, id: id, base: base) { plaintext in
            if var lane = whole {
                try identity?.verify(
                    try ChunkDigest.of(plaintext, type, beside: &lane, plaintext), is: id, type)
                whole = lane
            } else {
                try identity?.verify(plaintext, is: id, type)
            }
            return Result { try body(plaintext) }
        }
        beside = whole
        return outcome
    }

    /// Hands over neighbouring chunks of one pack, in order of their offsets, with one read for all of them. A chunk that cannot be
    /// read here is looked for elsewhere; one that is nowhere whole comes as a failure. Errors of `body` pass through.
    package mutating func read(
        run: ArraySlice<PlacedChunk>, _ body: (Int, Result<UnsafeRawBufferPointer, Failure>) throws -> Void
    ) throws {
        guard let first = run.first, let last = run.last else { return }
        let start = Int(first.place.offset)
        var filled: Int?
        var index = run.startIndex
        while index < run.endIndex {
            let chunk = run[index]
            var outcome: Result<Void, any Error>?
            var count = 1
            do {
                let available = try filled ?? fill(first.place.pack, at: start, count: last.place.end - start)
                filled = available
                if index + 1 < run.endIndex, let both = openTwo(run[index...(index + 1)], start, available, body) {
                    (outcome, count) = (both, 2)
                } else {
                    outcome = try open(
                        chunk.id, chunk.type, at: chunk.place, in: chunk.range(from: start), of: available
                    ) { try body(index, .success($0)) }
                }
            } catch let failure as Failure where failure.code.class == .integrity {
                outcome = nil
            } catch is EncodingError {
                outcome = nil
            }
            if let outcome {
                try outcome.get()
            } else {
                filled = nil
                try readElsewhere(chunk) { try body(index, $0) }
            }
            index += count
        }
    }

    /// Opens two neighbours and hashes them side by side, which takes two thirds of the time. Nil when they are of another kind, or one of them
    /// is not whole: then nothing was handed over.
    private mutating func openTwo(
        _ two: ArraySlice<PlacedChunk>, _ start: Int, _ filled: Int,
        _ body: (Int, Result<UnsafeRawBufferPointer, Failure>) throws -> Void
    ) -> Result<Void, any Error>? {
        let (at, a, b) = (two.startIndex, two[two.startIndex], two[two.startIndex + 1])
        let (rangeA, rangeB) = (a.range(from: start), b.range(from: start))
        guard a.type == .data, b.type == .data, max(rangeA.upperBound, rangeB.upperBound) <= filled else { return nil }
        let sealed = UnsafeRawBufferPointer(sealed)
        let neighbour = neighbour ?? NeighbourDecoder()
        self.neighbour = neighbour
        let (identity, base, packs) = (identity, baseReader(), packs)
        return try? decoder.open(
            UnsafeRawBufferPointer(rebasing: sealed[rangeA]), seal: packs.seal(of: a.place), type: a.type, id: a.id,
            base: base
        ) { first in
            try neighbour.decoder.open(
                UnsafeRawBufferPointer(rebasing: sealed[rangeB]), seal: packs.seal(of: b.place), type: b.type, id: b.id,
                base: base
            ) { second in
                let digests = SHA256Lane.digests(of: [first, second])
                try identity.verify(digests[0], is: a.id, a.type)
                try identity.verify(digests[1], is: b.id, b.type)
                return Result {
                    try body(at, .success(first))
                    try body(at + 1, .success(second))
                }
            }
        }
    }

    private mutating func readElsewhere(
        _ chunk: PlacedChunk, _ body: (Result<UnsafeRawBufferPointer, Failure>) throws -> Void
    ) throws {
        var bodyError: (any Error)?
        do {
            try read(chunk.id, chunk.type) { plaintext in
                do { try body(.success(plaintext)) } catch { bodyError = error }
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            try body(.failure(failure))
        }
        if let bodyError { throw bodyError }
    }

    /// Reads the base slices of deltas, each through a reader of its own one level further down.
    private func baseReader() -> BlobDecoder.BaseSource {
        { [store, locator, packs, identity, depth, baseLog, bases] base, room in
            guard depth < DeltaBase.maximumDepth else { throw EncodingError("is a delta of too many deltas") }
            if let allowed = baseLog?.allowed, !allowed.contains(base.id) {
                throw EncodingError("needs a base that it must not need")
            }
            baseLog?.ids.insert(base.id)
            let below =
                bases.below
                ?? BaseReader(
                    ChunkReader(store: store, locator: locator, packs: packs, identity: identity, depth: depth + 1))
            bases.below = below
            below.reader.baseLog = baseLog
            bases.steps = max(bases.steps, try below.reader.copy(base, into: room) + 1)
        }
    }

    /// Writes the bytes of a delta's base into `room`, which is as large, and returns how many steps it took to read them.
    mutating func copy(_ base: DeltaBase, into room: UnsafeMutableRawBufferPointer) throws -> Int {
        // Whoever notes bases wants to hear of all of them.
        guard baseLog == nil else {
            try read(base.id, base.type) { try Self.copy(base, of: $0, into: room) }
            return bases.steps
        }
        let known = try packs.bases.base(base.id) ?? readToKeep(base)
        guard depth + known.steps <= DeltaBase.maximumDepth else {
            throw EncodingError("is a delta of too many deltas")
        }
        try Self.copy(base, of: known.plaintext.bytes, into: room)
        return known.steps
    }

    private mutating func readToKeep(_ base: DeltaBase) throws -> BaseCache.Base {
        let count = try read(base.id, base.type) { $0.count }
        let plaintext = BasePlaintext(decoder.takePlaintext(), count: count)
        let made = BaseCache.Base(plaintext: plaintext, steps: bases.steps)
        packs.bases.keep(made, base.id)
        return made
    }

    private static func copy(
        _ base: DeltaBase, of plaintext: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) throws {
        guard let slice = Bundle.slice(plaintext, base.type, offset: base.offset, count: base.count) else {
            throw EncodingError("names a base slice beyond its chunk")
        }
        room.copyMemory(from: slice)
    }
}
