import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a session has written: journalled for the next run, indexed every so often, listed in the manifest at the end.
final class SessionLedger: Sendable {
    private static let packsPerRun = 64

    private struct State {
        /// Packs that no index run names yet.
        var unindexed: [FinishedPack] = []
        /// What the bundles of packs that are still open hold.
        var bundles: [UInt32: [SessionJournal.BundleLine]] = [:]
        var objects: [SnapshotCommitter.WrittenObject] = []
        var packs: UInt64 = 0
        var bytes: UInt64 = 0
    }

    private let sealing: SealingSession
    private let store: any ObjectStore
    private let journal: SessionJournal
    private let state: Monitor<State>

    /// `recovered` are packs of dead sessions, whole in the store; those that no run names go into this session's.
    init(sealing: SealingSession, store: any ObjectStore, journal: SessionJournal, unindexed: [FinishedPack]) {
        self.sealing = sealing
        self.store = store
        self.journal = journal
        var state = State()
        state.unindexed = unindexed
        state.objects = unindexed.map { SnapshotCommitter.WrittenObject(kind: $0.kind, name: $0.name, size: $0.size) }
        self.state = Monitor(state)
    }

    func note(_ bundle: SessionJournal.BundleLine, pack: UInt32) {
        state.withLock { $0.bundles[pack, default: []].append(bundle) }
    }

    func packFinished(_ pack: FinishedPack, ordinal: UInt32) throws {
        let bundles = state.withLock { $0.bundles.removeValue(forKey: ordinal) ?? [] }
        try journal.append([.pack(pack)] + bundles.map { .bundle($0) })
        let isRunDue = state.withLock { state in
            state.unindexed.append(pack)
            state.objects.append(SnapshotCommitter.WrittenObject(kind: pack.kind, name: pack.name, size: pack.size))
            state.packs += 1
            state.bytes += pack.size
            return state.unindexed.count >= Self.packsPerRun
        }
        if isRunDue { try writeRun(.immediate) }
    }

    /// Writes an index run of the packs that have none, behind which there will be no more; it is on the medium once the store is flushed.
    func writeLastRun() throws { try writeRun(.deferred) }

    private func writeRun(_ durability: Durability) throws {
        let packs = state.withLock { state in
            defer { state.unindexed = [] }
            return state.unindexed
        }
        guard !packs.isEmpty else { return }
        let run = try IndexRunWriter.write(packs, session: sealing, store: store, durability)
        // What a cut of power may take back is not written down: the next run names these packs once more then.
        if durability == .immediate {
            try journal.append([.run(name: run.name, size: run.size, packs: packs.map(\.name))])
        }
        state.withLock { state in
            state.objects.append(SnapshotCommitter.WrittenObject(kind: .indexRun, name: run.name, size: run.size))
            state.bytes += run.size
        }
    }

    var objects: [SnapshotCommitter.WrittenObject] { state.withLock { $0.objects } }
    var packCount: UInt64 { state.withLock { $0.packs } }
    var storedBytes: UInt64 { state.withLock { $0.bytes } }
}
