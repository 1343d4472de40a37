import Capture
import Primitives
import RepositoryEngine
import Strategy
import WriteAheadLog

/// A base backup that a repository has.
struct StoredBaseBackup: Sendable {
    let component: String
    let snapshot: CatalogedSnapshot
    let summary: SnapshotSummary
    let facts: BaseBackupFacts

    /// As far as choosing goes. Its end is told to the second, cut off: only behind the whole of that second is it over.
    var candidate: RecoveryBase {
        RecoveryBase(
            timeline: facts.timeline, start: LogSequenceNumber(facts.startPosition),
            stop: LogSequenceNumber(facts.stopPosition),
            ended: Timestamp(nanoseconds: facts.ended.nanoseconds + 999_999_999), hasLog: facts.hasLog)
    }
}

enum BaseBackups {
    /// Of the newest cluster that the component was, oldest first. `snapshots` are the component's. Throws `snapshot-missing` where there is none.
    static func list(_ request: RecoveryRequest, _ snapshots: [OpenedSnapshot], in opened: OpenedRepository) throws
        -> [StoredBaseBackup]
    {
        let path = Array("/\(request.component)/\(BaseBackupFacts.fileName)".utf8)
        let records = Dictionary(
            opened.catalog.committed.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [StoredBaseBackup] = []
        for snapshot in snapshots {
            guard let record = records[snapshot.summary.id], let facts = try facts(snapshot, path) else { continue }
            found.append(
                StoredBaseBackup(
                    component: request.component, snapshot: record, summary: snapshot.summary, facts: facts))
        }
        let wanted = try chosen(found, request)
        // A component whose cluster was made anew has several; the log fits one of them only.
        guard let newest = wanted.max(by: { $0.facts.ended < $1.facts.ended }) else {
            throw Failure(
                .snapshotMissing,
                found.isEmpty
                    ? "There is no base backup of '\(request.component)' to recover from."
                    : "There is no base backup of '\(request.component)' of that moment.",
                advice: found.isEmpty
                    ? "Base backups are made where the strategy has 'base-backup' for the component; dumps are restored with pg_restore."
                    : "Leave --set and --at out to have the newest chosen that ended before the target.")
        }
        return wanted.filter { $0.facts.systemIdentifier == newest.facts.systemIdentifier }
    }

    private static func facts(_ snapshot: OpenedSnapshot, _ path: [UInt8]) throws -> BaseBackupFacts? {
        var bytes: [UInt8] = []
        do {
            try snapshot.content(of: path) { bytes += $0 }
        } catch let failure as Failure where failure.code == .pathMissing {
            return nil
        }
        do {
            return try BaseBackupFacts(decoding: bytes)
        } catch {
            throw Failure.damaged(
                "\(BaseBackupFacts.fileName) of snapshot \(snapshot.summary.id.hex.prefix(16))", error.problem)
        }
    }

    private static func chosen(_ found: [StoredBaseBackup], _ request: RecoveryRequest) throws -> [StoredBaseBackup] {
        let hosts = Set(found.compactMap { $0.summary.details?.host })
        guard hosts.count < 2 else {
            throw Failure(
                .usage,
                "Several hosts back up a component '\(request.component)': \(hosts.sorted().joined(separator: ", ")).",
                advice: "Say which one with --host.")
        }
        switch request.moment {
        case .set(let stamp)?: return found.filter { $0.summary.details?.tags.contains(stamp.tag) ?? false }
        case .at(let time)?:
            let early = found.filter { $0.summary.time <= time }
            return early.max { $0.summary.time < $1.summary.time }.map { [$0] } ?? []
        case .latest?, .newestSet?, nil: return found
        }
    }
}
