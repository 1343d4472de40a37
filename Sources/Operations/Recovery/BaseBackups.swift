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
            timeline: facts.timeline, start: facts.startPosition, stop: facts.stopPosition,
            ended: facts.ended.later(by: .nanoseconds(999_999_999)), hasLog: facts.hasLog)
    }
}

enum BaseBackups {
    /// Of the newest cluster that the component was, oldest first, and why others cannot be told from base backups. `snapshots` are the component's.
    /// Throws `snapshot-missing` where there is none.
    static func list(_ request: RecoveryRequest, _ snapshots: [OpenedSnapshot], in opened: OpenedRepository) throws
        -> (bases: [StoredBaseBackup], doubts: [Failure])
    {
        let records = Dictionary(
            opened.catalog.committed.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
        var (found, doubts): ([StoredBaseBackup], [Failure]) = ([], [])
        for snapshot in snapshots {
            do {
                guard let record = records[snapshot.summary.id],
                    let facts = try snapshot.baseBackupFacts(of: request.component)
                else { continue }
                found.append(
                    StoredBaseBackup(
                        component: request.component, snapshot: record, summary: snapshot.summary, facts: facts))
            } catch let failure as Failure where failure.code.class == .integrity {
                // Whoever recovers needs one that is whole, and not all of them.
                doubts.append(failure)
            }
        }
        let wanted = try chosen(found, request)
        // A component whose cluster was made anew has several; the log fits one of them only.
        guard let newest = wanted.max(by: { $0.facts.ended < $1.facts.ended }) else {
            throw doubts.first
                ?? Failure(
                    .snapshotMissing,
                    found.isEmpty
                        ? "There is no base backup of '\(request.component)' to recover from."
                        : "There is no base backup of '\(request.component)' of that moment.",
                    advice: found.isEmpty
                        ? "Base backups are made where the strategy has 'base-backup' for the component; dumps are restored with pg_restore."
                        : "Leave --set and --at out to have the newest chosen that ended before the target.")
        }
        return (wanted.filter { $0.facts.systemIdentifier == newest.facts.systemIdentifier }, doubts)
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

extension OpenedSnapshot {
    /// What a base backup of `component` says of itself; nil for a snapshot of something else, such as dumps.
    func baseBackupFacts(of component: String) throws -> BaseBackupFacts? {
        let bytes: [UInt8]
        do {
            bytes = try content(of: Array("/\(component)/\(BaseBackupFacts.fileName)".utf8), limit: 16 << 20)
        } catch let failure as Failure where failure.code == .pathMissing {
            return nil
        }
        do {
            return try BaseBackupFacts(decoding: bytes)
        } catch {
            throw Failure.damaged("\(BaseBackupFacts.fileName) of snapshot \(summary.id.hex.prefix(16))", error.problem)
        }
    }
}
