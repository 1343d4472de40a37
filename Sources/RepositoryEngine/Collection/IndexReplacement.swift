import Primitives
import Sealing
import Storage

/// Writes index runs anew that name packs which are about to be removed.
struct IndexReplacement {
    let repository: Repository
    let opener: SealOpener
    let sessions: CollectorSessions
    let space: CollectionSpace
    let checkpoint: () throws -> Void

    /// Writes one run a domain with what is left of the runs that name any of `gone`, and returns those that it takes the place of.
    /// Runs that cannot be read stay: what they say of missing packs leads nowhere, and does no harm. Those of `replaced` have others
    /// in their place already, and are still there because the store kept them: only their removal is tried again.
    func withoutPacks(_ gone: Set<Digest32>, replaced before: Set<Digest32>) throws -> [SweepRecord.Object] {
        var replaced: [SweepRecord.Object] = []
        for domain in opener.domains {
            var merged = Merged(space: space)
            for name in try repository.store.names(below: Names.index(domain)) {
                try checkpoint()
                guard let digest = Digest32(hex: name.lastComponent) else { continue }
                guard try before.contains(digest) || merge(name, besides: gone, into: &merged) else { continue }
                let size = UInt64(clamping: try repository.store.size(of: name) ?? 0)
                replaced.append(SweepRecord.Object(kind: .indexRun, digest: digest, size: size, domain: domain))
            }
            try write(&merged, domain)
        }
        return replaced
    }

    /// Whether the run names one of `gone`, and could be read as a whole.
    private func merge(_ name: ObjectName, besides gone: Set<Digest32>, into merged: inout Merged) throws -> Bool {
        do {
            let run = try IndexRun(name: name, store: repository.store, opener: opener)
            guard run.packs.contains(where: { gone.contains($0.name) }) else { return false }
            try merged.add(run, besides: gone, store: repository.store, space: space)
            return true
        } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
            return false
        }
    }

    private func write(_ merged: inout Merged, _ domain: DomainID) throws {
        guard merged.entries.count > 0 else { return }
        try merged.entries.settle()
        let session = try sessions.session(of: domain)
        let writer = try IndexRunWriter(session: session, store: repository.store)
        var lines = merged.entries.sorted()
        while let line = try lines.next() { try writer.append(IndexEntry(line)) }
        _ = try writer.finish(packs: merged.packs, domain: domain, in: repository.store)
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
