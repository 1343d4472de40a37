import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Whether what was erased is really gone.
package struct ErasureStatus: Sendable {
    /// Of the plan that it was done by.
    package var plan: Digest32
    /// When its first snapshot was dropped.
    package var time: Timestamp
    package var snapshots: [Digest32]
    /// Packs that hold anything that no snapshot needs, and how much.
    package var packs: UInt64
    package var bytes: UInt64
    package var locked: CollectReport.Locked
    /// Index runs that still name packs that are gone.
    package var staleRuns: UInt64
    /// Packs and index runs of which nobody knows what they hold.
    package var unreadable: [Failure]
    /// Backups that are under way or were cut off: what they stored counts as needed by nobody until they are done.
    package var backupsUnderWay: UInt64

    /// No pack holds anything but what snapshots need that are there, and no index run names another: so nothing that only the erased ones had.
    package let isGone: Bool

    init(_ drops: [DropRecord], _ remains: Remains, backupsUnderWay: UInt64) {
        plan = drops.first?.plan ?? .zero
        time = drops.map(\.time).min() ?? Timestamp(nanoseconds: 0)
        snapshots = drops.map(\.snapshot).sorted()
        (packs, bytes, staleRuns) = (remains.packs, remains.bytes, remains.staleRuns)
        (locked, unreadable) = (CollectReport.Locked(remains.locked), remains.unreadable)
        (self.backupsUnderWay, isGone) = (backupsUnderWay, remains.isNothing)
    }
}

extension Erase {
    /// Looks through everything that is stored, by the signed records of what was dropped by the plan whose digest begins with `text`. Which chunks
    /// the erased snapshots had is not kept anywhere, so what counts is that nothing is there that nobody needs. Uses the structure half of
    /// `opener` only.
    package static func status(
        permit: consuming Permit<InspectAction>, repository: Repository, opener: SealOpener, plan text: String,
        host: Host, observer: any OperationObserver
    ) throws -> ErasureStatus {
        let drops = try drops(text, in: repository)
        let remains = try Remains(
            in: repository, opener: opener, space: CollectionSpace(folder: host.scratch),
            checkpoint: { if observer.isCancelled { throw Failure.interrupted } })
        return ErasureStatus(
            drops, remains,
            backupsUnderWay: UInt64(try OpenSessions(repository, now: host.clock.now()).sessions.count))
    }

    /// At least one.
    private static func drops(_ text: String, in repository: Repository) throws -> [DropRecord] {
        guard text.count >= 8, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw Failure(
                .usage, "'\(text)' is no beginning of a plan's digest.",
                advice: "Give at least eight digits of the plan that 'safehold erase' printed.")
        }
        let records = try repository.store.names(below: Names.drops).map { try DropRecord.read($0, repository) }
        let found = records.filter { $0.plan.hex.hasPrefix(text.lowercased()) }
        guard !found.isEmpty else {
            throw Failure(
                .snapshotMissing, "Nothing was erased in this repository by a plan that begins with \(text).",
                advice: "Check the digits; 'safehold audit log' says what was erased by which plan on this host.")
        }
        guard Set(found.map(\.plan)).count == 1 else {
            throw Failure(.usage, "Several plans begin with \(text).", advice: "Give more digits.")
        }
        return found
    }
}
