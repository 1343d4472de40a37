import Primitives
import Sealing
import Storage

/// Writes index runs anew that name packs which are about to be removed, and many small ones as one: whoever looks for a chunk looks
/// through all of them.
final class IndexReplacement {
    private let repository: Repository
    private let opener: SealOpener
    private let sessions: CollectorSessions
    private let space: CollectionSpace
    private let checkpoint: () throws -> Void
    private var merged: [DomainID: Merged] = [:]
    /// Packs that some readable run names.
    private var listed: Set<Digest32> = []
    /// Never false but in a test that must see the gap.
    var indexesUnlisted = true

    private var store: any ObjectStore { repository.store }

    /// More than so many in a domain are put together.
    static let mostRuns = 32

    /// Whether some domain has more runs than looking through is good for.
    static func isDue(_ store: any ObjectStore, _ opener: SealOpener) throws -> Bool {
        try opener.domains.contains { try store.names(below: Names.index($0)).count > mostRuns }
    }

    init(
        repository: Repository, opener: SealOpener, sessions: CollectorSessions, space: CollectionSpace,
        checkpoint: @escaping () throws -> Void
    ) {
        (self.repository, self.opener, self.sessions, self.space) = (repository, opener, sessions, space)
        self.checkpoint = checkpoint
    }

    /// Writes one run a domain with what is left of the runs that name any of `gone`, and returns those that it takes the place of.
    /// Runs that cannot be read stay: what they say of missing packs leads nowhere, and does no harm. Those of `replaced` have others
    /// in their place already, and are still there because the store kept them: only their removal is tried again.
    func withoutPacks(_ gone: Set<Digest32>, replaced before: Set<Digest32>) throws -> [SweepRecord.Object] {
        var replaced: [SweepRecord.Object] = []
        for domain in opener.domains {
            var runs: [(name: ObjectName, size: Int64)] = []
            try store.list(below: Names.index(domain)) { runs.append(($0, $1)) }
            let small = Self.small(runs)
            for (name, bytes) in runs.sorted(by: { $0.name < $1.name }) {
                try checkpoint()
                guard let digest = Digest32(hex: name.lastComponent) else { continue }
                let merges = try before.contains(digest) || merge(name, of: domain, besides: gone, small.contains(name))
                guard merges else { continue }
                let size = UInt64(clamping: bytes)
                replaced.append(SweepRecord.Object(kind: .indexRun, digest: digest, size: size, domain: domain))
            }
        }
        if indexesUnlisted { try addUnlisted(besides: gone) }
        for domain in merged.keys.sorted() { try write(domain) }
        return replaced
    }

    /// Of too many runs those that are put together: each that is not larger than all smaller ones, so that an entry is written anew only
    /// as often as the index doubles.
    private static func small(_ runs: [(name: ObjectName, size: Int64)]) -> Set<ObjectName> {
        guard runs.count > mostRuns else { return [] }
        var (small, sum): (Set<ObjectName>, Int64) = ([], 1 << 20)
        for run in runs.sorted(by: { $0.size < $1.size }) where run.size <= sum {
            small.insert(run.name)
            sum += run.size
        }
        return small
    }

    /// Whether the run is small or names one of `gone`, and could be read as a whole.
    private func merge(_ name: ObjectName, of domain: DomainID, besides gone: Set<Digest32>, _ isSmall: Bool) throws
        -> Bool
    {
        do {
            let run = try IndexRun(name: name, store: store, opener: opener)
            guard isSmall || run.packs.contains(where: { gone.contains($0.name) }) else {
                listed.formUnion(run.packs.map(\.name))
                return false
            }
            try merged[domain, default: Merged(space: space)].add(run, besides: gone, store: store, space: space)
            listed.formUnion(run.packs.map(\.name))
            return true
        } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
            return false
        }
    }

    /// Packs that no run names, of backups that were cut off: one of them may be the place that a chunk is kept in.
    private func addUnlisted(besides gone: Set<Digest32>) throws {
        try IndexRecovery.forEachPack(in: store, besides: listed.union(gone), opener: opener, damaged: { _ in }) {
            found in
            try checkpoint()
            try merged[found.domain, default: Merged(space: space)].add(found)
        }
    }

    private func write(_ domain: DomainID) throws {
        guard let merged = merged[domain], merged.entries.count > 0 else { return }
        try merged.entries.settle()
        let writer = try IndexRunWriter(session: try sessions.session(of: domain), store: store)
        var lines = merged.entries.sorted()
        while let line = try lines.next() { try writer.append(IndexEntry(line)) }
        _ = try writer.finish(packs: merged.packs, domain: domain, in: store)
    }
}

private struct Merged {
    var packs: [IndexedPack] = []
    let entries: LineTable
    private var ordinals: [Digest32: UInt32] = [:]

    init(space: CollectionSpace) { entries = LineTable(folder: space.folder, budget: space.lines) }

    /// All of the run or nothing: one whose pages cannot all be read is not replaced.
    mutating func add(_ run: IndexRun, besides gone: Set<Digest32>, store: any ObjectStore, space: CollectionSpace)
        throws
    {
        let isGone = run.packs.map { gone.contains($0.name) }
        let staged = LineTable(folder: space.folder, budget: space.lines / 4)
        try run.forEachEntry(store: store) { entry in
            if !isGone[Int(entry.pack)] { try staged.append(entry.line) }
        }
        try staged.settle()
        var lines = staged.sorted()
        while let line = try lines.next() {
            var entry = IndexEntry(line)
            entry.pack = ordinal(of: run.packs[Int(entry.pack)])
            try entries.append(entry.line)
        }
    }

    mutating func add(_ found: IndexRecovery.UnindexedPack) throws {
        let (pack, isMoved) = (found.pack, found.hasMovedBlobs)
        let ordinal = ordinal(
            of: IndexedPack(name: pack.name, size: pack.size, kind: pack.kind, hasMovedBlobs: isMoved))
        for entry in pack.entries {
            try entries.append(
                IndexEntry(id: entry.id.prefix, pack: ordinal, offset: entry.offset, storedCount: entry.storedCount)
                    .line)
        }
    }

    private mutating func ordinal(of pack: IndexedPack) -> UInt32 {
        if let ordinal = ordinals[pack.name] { return ordinal }
        let ordinal = UInt32(packs.count)
        ordinals[pack.name] = ordinal
        packs.append(pack)
        return ordinal
    }
}

extension IndexEntry {
    fileprivate var line: Line { Line(id, UInt64(pack) << 32 | UInt64(offset), UInt64(storedCount)) }

    fileprivate init(_ line: Line) {
        self.init(
            id: line.id, pack: UInt32(line.a >> 32), offset: UInt32(truncatingIfNeeded: line.a),
            storedCount: UInt32(truncatingIfNeeded: line.b))
    }
}
