import Primitives
import Sealing
import Storage

/// Moves sealed blobs into new packs, as they are: no content is opened. The new packs are on the medium when `run` returns, and found by their ids after `writeIndex`.
final class Compaction {
    /// As many origins as a pack's footer names; each takes some 2.5 KiB of it.
    private static let mostOrigins = 512
    private static let chunksPerRun = 1 << 20

    private struct Target: Hashable {
        var domain: DomainID
        var kind: PackClass
    }

    private let repository: Repository
    private let opener: SealOpener
    private let sessions: CollectorSessions
    private let checkpoint: () throws -> Void
    private var writers: [Target: PackWriter] = [:]
    private var unindexed: [DomainID: [FinishedPack]] = [:]
    private(set) var movedBytes: UInt64 = 0
    /// Packs that could not be copied from, and so must stay.
    private(set) var failed: [(pack: UInt32, because: Failure)] = []

    private var store: any ObjectStore { repository.store }

    init(
        repository: Repository, opener: SealOpener, sessions: CollectorSessions, checkpoint: @escaping () throws -> Void
    ) {
        (self.repository, self.opener, self.sessions) = (repository, opener, sessions)
        self.checkpoint = checkpoint
    }

    /// Moves all that is needed out of the packs of `dead`.
    func run(_ census: PackCensus, from dead: [Bool], live: LiveChunks, space: CollectionSpace) throws {
        let moves = LineTable(folder: space.folder, budget: space.lines / 4)
        try census.forEachMove(from: dead, live: live) { place in
            try moves.append(
                Line(Prefix16(high: UInt64(place.pack), low: place.id.high), place.id.low, place.line.b))
        }
        try moves.settle()
        defer { for writer in writers.values { writer.abandon() } }
        var reader = moves.sorted()
        var wanted: Set<Line> = []
        var current: UInt32?
        while let line = try reader.next() {
            let pack = UInt32(line.id.high)
            if pack != current {
                if let current { try move(wanted, outOf: current, census) }
                (wanted, current) = ([], pack)
            }
            wanted.insert(Line(Prefix16(high: line.id.low, low: line.a), line.b))
        }
        if let current { try move(wanted, outOf: current, census) }
        for target in writers.keys { try finish(target) }
    }

    /// Writes index runs of the new packs that have none. Before anything is condemned.
    func writeIndex() throws {
        for domain in unindexed.keys.sorted() { try writeRun(domain) }
    }

    /// How much would be moved.
    func count(_ census: PackCensus, from dead: [Bool], live: LiveChunks) throws {
        try census.forEachMove(from: dead, live: live) { movedBytes += UInt64($0.storedCount) }
    }

    private func move(_ wanted: Set<Line>, outOf ordinal: UInt32, _ census: PackCensus) throws {
        try checkpoint()
        let pack = census.packs[Int(ordinal)]
        do {
            let source = try PackReader.open(pack.name, pack.kind, store: store, opener: opener, needing: [.structure])
            let size = try source.size(in: store)
            let footer = try source.footer(store: store, size: size)
            let entries = footer.entries.filter { entry in
                let place = Place(entry, in: footer, source.header.object, pack: ordinal)
                return wanted.contains(Line(place.id, place.line.b))
            }.sorted { $0.offset < $1.offset }
            let blobs = try SourcePack(source, size: size).blobs(entries, store: store, checkpoint: checkpoint)
            try append(blobs, entries, footer, source.header)
        } catch let failure as Failure where failure.code.class == .integrity {
            failed.append((ordinal, failure))
        } catch let error as EncodingError {
            failed.append((ordinal, Failure.damaged(Names.pack(pack.name, pack.kind), error.problem)))
        }
    }

    private func append(_ blobs: [UInt8], _ entries: [Footer.Entry], _ footer: Footer, _ header: SealHeader) throws {
        let target = Target(domain: header.domain, kind: header.kind)
        var position = 0
        for entry in entries {
            let writer = try writer(for: target)
            let range = position..<position + Int(entry.storedCount)
            let isMoved = entry.origin > 0
            try blobs.withUnsafeBytes { bytes in
                try writer.append(
                    moved: UnsafeRawBufferPointer(rebasing: bytes[range]), entry,
                    from: isMoved ? footer.origins[Int(entry.origin) - 1] : header,
                    at: isMoved ? entry.originOffset : UInt64(entry.offset))
            }
            position = range.upperBound
            movedBytes += UInt64(entry.storedCount)
            if writer.count >= repository.format.packSize || writer.originCount >= Self.mostOrigins {
                try finish(target)
            }
        }
    }

    private func writer(for target: Target) throws -> PackWriter {
        if let writer = writers[target] { return writer }
        let session = try sessions.session(of: target.domain)
        let writer = try PackWriter(kind: target.kind, session: session, store: store)
        writers[target] = writer
        return writer
    }

    private func finish(_ target: Target) throws {
        guard let writer = writers.removeValue(forKey: target) else { return }
        try checkpoint()
        unindexed[target.domain, default: []].append(try writer.finish(in: store))
        let packs = unindexed[target.domain] ?? []
        if packs.reduce(0, { $0 + $1.entries.count }) >= Self.chunksPerRun { try writeRun(target.domain) }
    }

    private func writeRun(_ domain: DomainID) throws {
        guard let packs = unindexed.removeValue(forKey: domain) else { return }
        _ = try IndexRunWriter.write(packs, session: try sessions.session(of: domain), store: store)
    }
}

/// A pack that is read as a whole once, for some of its blobs.
struct SourcePack {
    private static let stretch = 1 << 20
    private let pack: PackReader
    private let size: Int64

    init(_ pack: PackReader, size: Int64) { (self.pack, self.size) = (pack, size) }

    /// The sealed blobs of `entries`, one behind the other. The whole object is hashed on the way: what is damaged must not go on under
    /// a new name that holds.
    func blobs(_ entries: [Footer.Entry], store: any ObjectStore, checkpoint: () throws -> Void) throws -> [UInt8] {
        var (blobs, hasher, position, next): ([UInt8], _, Int, Int) = ([], RunningSHA256(), 0, 0)
        blobs.reserveCapacity(min(Int(size), entries.reduce(0) { $0 + Int($1.storedCount) }))
        while Int64(position) < size {
            try checkpoint()
            let bytes = try store.readRange(
                pack.name, at: Int64(position), count: min(Self.stretch, Int(size) - position))
            bytes.withUnsafeBytes { hasher.update($0) }
            let end = position + bytes.count
            while next < entries.count, Int(entries[next].offset) < end {
                let (start, stop) = (
                    Int(entries[next].offset), Int(entries[next].offset) + Int(entries[next].storedCount)
                )
                guard next == 0 || start >= Int(entries[next - 1].offset) + Int(entries[next - 1].storedCount) else {
                    throw EncodingError("has chunks that lie over one another")
                }
                blobs += bytes[max(start, position) - position..<min(stop, end) - position]
                if stop > end { break }
                next += 1
            }
            position = end
        }
        guard hasher.value() == pack.digest else { throw EncodingError("has other bytes than its name was made of") }
        guard next == entries.count else { throw EncodingError("ends before a chunk that it lists") }
        return blobs
    }
}
