import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What this host remembers of its own packs, read when it is first needed: a run that finds nothing changed never asks.
final class WriterMemory: @unchecked Sendable {
    // SAFETY: `content` is made under `monitor`; the rest is set before threads start.
    private let folder: String
    private let saved: KnownContent.Saved?
    private let recovered: HostCaches.Recovered
    private let missing: Set<UInt32>
    /// Packs that are gone without a collection having taken them.
    let lostPackCount: Int
    /// Whether everything that is taken over is looked up first: packs are missing, or a collection may have taken some.
    let checksEverything: Bool
    /// Of the file that it was read from.
    private let version: Version?
    private let monitor = Monitor<KnownContent?>(nil)

    private struct Version: Equatable {
        var inode: UInt64
        var seconds: Int
        var nanoseconds: Int
    }

    /// `recovered` are packs of dead sessions that are whole in the store; `settledSweep` is the generation of collection that the
    /// previous listing has outlived. With `isLocking`, all packs that the snapshot needs have to be known by name.
    init(
        folder: String, cacheKey: borrowing SecretBytes, recovered: HostCaches.Recovered, store: any ObjectStore,
        sweeps: Sweeps, settledSweep: UInt64, isLocking: Bool
    ) throws {
        self.folder = folder
        self.recovered = recovered
        version = Self.version(folder)
        saved = SealedFile.Reader(path: Self.path(folder), cacheKey: cacheKey).flatMap {
            KnownContent.Saved(reader: $0)
        }
        let condemned = sweeps.condemned
        let packs = saved?.packs ?? []
        let lost = try Self.missingPacks(packs.map { $0.flatMap { condemned.contains($0.name) ? nil : $0 } }, store)
        let swept = packs.indices.filter { packs[$0].map { condemned.contains($0.name) } ?? false }
        missing = lost.union(swept.map { UInt32($0) })
        lostPackCount = lost.count
        // A repository that was put back may count its collections anew.
        let isKnown = settledSweep <= sweeps.newest
        checksEverything =
            !missing.isEmpty || !isKnown || sweeps.condemnsAnything(after: settledSweep)
            || (isLocking && saved == nil)
    }

    static func path(_ folder: String) -> String { folder + "/known" }

    private static func version(_ folder: String) -> Version? {
        var status = stat()
        guard lstat(path(folder), &status) == 0 else { return nil }
        return Version(
            inode: UInt64(status.st_ino), seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    /// Packs that are gone or have another size: what they held has to be stored again.
    private static func missingPacks(_ packs: [KnownPack?], _ store: any ObjectStore) throws -> Set<UInt32> {
        let known = packs.enumerated().compactMap { ordinal, pack in pack.map { (UInt32(ordinal), $0) } }
        let sizes = try PackSizes.of(known.map(\.1.name), in: store)
        return Set(known.filter { sizes[$0.1.name] != $0.1.size }.map(\.0))
    }

    /// Packs of earlier runs whose chunks this one may name without storing them.
    var reliedOn: Set<Digest32> {
        let packs = saved?.packs ?? []
        let known = packs.indices.filter { !missing.contains(UInt32($0)) }.compactMap { packs[$0]?.name }
        return Set(known + recovered.packs.map(\.name))
    }

    var hasRecovered: Bool { !recovered.packs.isEmpty }
    /// Whether all that it holds was stored by this run.
    var beganEmpty: Bool { saved == nil && recovered.packs.isEmpty }
    var isLoaded: Bool { monitor.withLock { $0 != nil } }

    func content() throws -> KnownContent {
        try monitor.withLock { content in
            if let content { return content }
            let loaded = try saved?.load(folder: folder) ?? KnownContent(folder: folder)
            loaded.markMissing(missing)
            for pack in recovered.packs {
                let ordinal = loaded.addPack(KnownPack(name: pack.name, size: pack.size))
                // What a piece of a file leans on died with the session that stored it as a delta.
                for entry in pack.entries where !(entry.isDelta && entry.type == .data) {
                    try loaded.set(entry.id, pack: ordinal)
                }
            }
            for bundle in recovered.bundles { try loaded.remember(bundle) }
            content = loaded
            return loaded
        }
    }

    /// What another session of this host wrote down since this one began; nil where none did.
    func writtenMeanwhile(cacheKey: borrowing SecretBytes) throws -> KnownContent? {
        guard Self.version(folder) != version,
            let reader = SealedFile.Reader(path: Self.path(folder), cacheKey: cacheKey)
        else { return nil }
        return try KnownContent.Saved(reader: reader)?.load(folder: folder)
    }

    /// Whether a block of the previous listing can still be read, as far as packs tell.
    func isStored(_ block: PreviousListing.Block) throws -> Bool {
        guard checksEverything else { return true }
        let known = try content()
        return ([block.reference.id, block.reference.twin] + block.bases).allSatisfy { known.isKnown($0) }
    }
}
