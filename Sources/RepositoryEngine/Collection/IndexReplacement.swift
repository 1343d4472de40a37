import Primitives
import Sealing
import Storage

/// Writes index runs anew that name packs which are about to be removed.
struct IndexReplacement {
    private let repository: Repository
    private let opener: SealOpener
    private let checkpoint: () throws -> Void

    init(repository: Repository, opener: SealOpener, checkpoint: @escaping () throws -> Void) {
        (self.repository, self.opener, self.checkpoint) = (repository, opener, checkpoint)
    }

    /// Writes one run a domain with what is left of the runs that name any of `gone`, and returns those that it takes the place of.
    /// Runs that cannot be read stay: what they say of missing packs leads nowhere, and does no harm.
    func withoutPacks(_ gone: Set<Digest32>) throws -> [SweepRecord.Object] {
        var replaced: [SweepRecord.Object] = []
        for domain in opener.domains {
            var merged = Merged()
            for name in try repository.store.names(below: Names.index(domain)) {
                try checkpoint()
                do {
                    let run = try IndexRun(name: name, store: repository.store, opener: opener)
                    guard run.packs.contains(where: { gone.contains($0.name) }) else { continue }
                    try merged.add(run, besides: gone, store: repository.store)
                    guard let digest = Digest32(hex: name.lastComponent) else { continue }
                    let size = UInt64(clamping: try repository.store.size(of: name) ?? 0)
                    replaced.append(
                        SweepRecord.Object(kind: .indexRun, digest: digest, size: size, domain: domain))
                } catch let failure as Failure where failure.code.class == .integrity || failure.code == .keyDenied {
                    continue
                }
            }
            try write(merged, domain)
        }
        return replaced
    }

    private func write(_ merged: Merged, _ domain: DomainID) throws {
        guard !merged.entries.isEmpty else { return }
        guard let bundle = repository.keyring.newestEpoch(of: domain) else {
            throw Failure(
                .objectMissing, "Domain \(domain.hex.prefix(8)) has no epoch to seal its index to.",
                advice: "Run 'safehold verify' on the repository.")
        }
        let session = try SealingSession(id: .random(), repository: repository.id, bundle: bundle)
        let writer = try IndexRunWriter(session: session, store: repository.store)
        for entry in merged.entries.sorted() { try writer.append(entry) }
        _ = try writer.finish(packs: merged.packs, domain: domain, in: repository.store)
    }
}

private struct Merged {
    var packs: [IndexedPack] = []
    var entries: [IndexEntry] = []
    private var ordinals: [Digest32: UInt32] = [:]

    /// All of the run or nothing: one whose pages cannot all be read is not replaced.
    mutating func add(_ run: IndexRun, besides gone: Set<Digest32>, store: any ObjectStore) throws {
        var added: [(pack: IndexedPack, entry: IndexEntry)] = []
        try run.forEachEntry(store: store) { entry in
            let pack = run.packs[Int(entry.pack)]
            if !gone.contains(pack.name) { added.append((pack, entry)) }
        }
        for (pack, entry) in added {
            let ordinal = ordinals[pack.name] ?? UInt32(packs.count)
            if ordinals.updateValue(ordinal, forKey: pack.name) == nil { packs.append(pack) }
            var entry = entry
            entry.pack = ordinal
            entries.append(entry)
        }
    }
}
