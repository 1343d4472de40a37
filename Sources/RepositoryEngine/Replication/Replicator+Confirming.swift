import Primitives
import Sealing
import Storage

extension Replicator {
    /// Manifests say what a session stored: what of it is neither at the destination nor collected, the source has lost.
    func copyManifests(_ listing: SourceListing) throws {
        let manifests = listing.sessions.filter { $0.name.lastComponent == "manifest" }
        let lacked = manifests.filter { object in replicas.contains { $0.isActive && $0.lacks(object.name) } }
        guard !lacked.isEmpty else { return }
        var read: [(object: (name: ObjectName, size: Int64), manifest: SessionManifest)] = []
        for object in lacked {
            try checkpoint()
            do {
                read.append((object, try SessionManifest(object.name, repository: listing.repository)))
            } catch let failure as Failure where failure.code.class == .integrity {
                for replica in replicas where replica.lacks(object.name) { replica.add(failure) }
            }
        }
        // After the listing of packs: a pack that was not there any more is in these.
        let taken = try Sweeps(store: source).dead.union(UnfollowedSweeps.taken(in: source))
        for replica in replicas where replica.isActive {
            var whole: SourceListing.Objects = []
            for (object, manifest) in read where replica.lacks(object.name) {
                let lost = lost(manifest, replica, taken)
                let told = replica.lacked
                for name in lost {
                    guard let pack = Digest32(hex: name.lastComponent), !told.contains(pack) else { continue }
                    replica.add(.objectMissing(name, in: source.location), lacking: pack)
                }
                if lost.isEmpty || confirmsDespiteDamage { whole.append(object) }
            }
            try copyRecords(whole, listing) { other, _ in other === replica }
        }
    }

    private func lost(_ manifest: SessionManifest, _ replica: Replica, _ taken: Set<Digest32>) -> [ObjectName] {
        manifest.objects.compactMap { object in
            guard object.kind != .indexRun, !taken.contains(object.digest) else { return nil }
            let name = manifest.objectName(object)
            return replica.size(of: name) == Int64(clamping: object.size) ? nil : name
        }
    }

    /// Snapshots, and their commits where all that they may need is there.
    func confirm(_ listing: SourceListing) throws {
        // Only after everything was copied: whose drop is not there now, its packs were there until now.
        let drops = try SourceListing.list(Names.drops, source)
        let heldBack = try Dictionary(
            replicas.map { (ObjectIdentifier($0), try self.heldBack(from: $0, listing)) },
            uniquingKeysWith: { first, _ in first })
        let goes: @Sendable (Replica, ObjectName) -> Bool = { replica, name in
            guard let writer = name.writer else { return false }
            return heldBack[ObjectIdentifier(replica)]?.contains(writer) == false
        }
        // What was dropped before the destination confirmed it comes as dropped, for its packs may be gone.
        try copyRecords(drops, listing, .immediate) { $0.lacks(Names.commit(for: $1)) }
        try copyRecords(try withoutLost(listing, drops), listing, oneAfterTheOther: true) {
            !$0.diverged.contains($1.writer ?? .zero)
        }
        for replica in replicas {
            try replica.attempt { try replica.store.flush() }
            try checkCollected(replica, listing)
        }
        let dropped = Set(drops.map(\.name))
        let there = Set(listing.snapshots.map(\.name))
        // A number that was lost and dropped is confirmed nowhere, and held back from nobody.
        let commits = listing.commits.filter {
            there.contains(Names.snapshot(for: $0.name)) || !dropped.contains(Names.drop(for: $0.name))
        }
        let before = replicas.map { replica in commits.filter { replica.lacks($0.name) }.count }
        try copyRecords(listing.commits, listing, .immediate) { replica, name in
            // A snapshot or a drop that could not be copied leaves its commit out.
            let drop = Names.drop(for: name)
            return goes(replica, name) && !replica.lacks(Names.snapshot(for: name))
                && !(dropped.contains(drop) && replica.lacks(drop))
        }
        for (replica, before) in zip(replicas, before) {
            let left = commits.filter { replica.lacks($0.name) }.count
            replica.change {
                $0.snapshotsConfirmed = UInt64(before - left)
                $0.snapshotsHeldBack = UInt64(left)
            }
        }
        try copyRecords(listing.ends, listing, wanted: goes)
    }

    /// The snapshots less those that are damaged and were dropped for that: they are missed by nobody.
    private func withoutLost(_ listing: SourceListing, _ drops: SourceListing.Objects) throws -> SourceListing.Objects {
        let dropped = Set(drops.map(\.name))
        let check = RecordCheck(repository: listing.repository)
        return try listing.snapshots.filter { object in
            guard dropped.contains(Names.drop(ofSnapshot: object.name)),
                replicas.contains(where: { $0.lacks(object.name) })
            else { return true }
            do {
                try check.check(try source.readAll(object.name, limit: RecordCheck.limit), as: object.name)
                return true
            } catch let failure as Failure where failure.code.class == .integrity {
                return false
            }
        }
    }

    /// Writers of whom nothing new is confirmed, because a pack that they may rely on is not at the destination, or because their records
    /// there are others.
    private func heldBack(from replica: Replica, _ listing: SourceListing) throws -> Set<WriterID> {
        let lacked = replica.lacked
        guard !lacked.isEmpty, !confirmsDespiteDamage else { return replica.diverged }
        let writers = listing.repository.keyring.writers
        var unknown = lacked
        var domains: Set<DomainID> = []
        for object in listing.sessions where object.name.lastComponent == "manifest" {
            try checkpoint()
            guard let manifest = try? SessionManifest(object.name, repository: listing.repository) else { continue }
            let named = lacked.intersection(manifest.objects.lazy.map(\.digest))
            guard !named.isEmpty else { continue }
            unknown.subtract(named)
            domains.insert(manifest.domain)
        }
        // A chunk is found again within its domain only. Of a pack that no session names, nobody can say whose it is.
        let affected = writers.values.filter { !unknown.isEmpty || domains.contains($0.domain) }
        return replica.diverged.union(affected.map(\.id))
    }

    /// A destination that collected by itself may have given up what the source still relies on, for ever (docs/format.md, section 9).
    func checkCollected(_ replica: Replica, _ listing: SourceListing) throws {
        try replica.attempt {
            let theirs = try Sweeps(store: replica.store).dead
            guard !theirs.isEmpty else { return }
            let dead = theirs.subtracting(try Sweeps(store: source).dead)
            let lost = listing.packs.compactMap { Digest32(hex: $0.name.lastComponent) }.filter(dead.contains)
            guard let pack = lost.first else { return }
            throw Failure(
                .replicaDiverged,
                "\(replica.store.location) collected \(lost.count) packs by itself that \(source.location) still relies on, pack \(pack.hex.prefix(16)) for one. Nothing new was confirmed there.",
                advice:
                    "Copy into an empty destination. Let only one place forget and collect, and use --prune to have copies follow it."
            )
        }
    }
}

extension Names {
    static func snapshot(for commit: ObjectName) -> ObjectName {
        ObjectName(snapshots + commit.path.dropFirst(commits.count))
    }
    static func drop(for commit: ObjectName) -> ObjectName { ObjectName(drops + commit.path.dropFirst(commits.count)) }
    static func drop(ofSnapshot name: ObjectName) -> ObjectName {
        ObjectName(drops + name.path.dropFirst(snapshots.count))
    }
    static func commit(for drop: ObjectName) -> ObjectName { ObjectName(commits + drop.path.dropFirst(drops.count)) }
}
