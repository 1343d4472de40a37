import Capture
import Primitives
import RepositoryEngine
import Strategy
import WriteAheadLog

/// A recovery that was found possible: its base backup, and the log that leads from there to the target.
struct PreparedRecovery: Sendable {
    let base: StoredBaseBackup
    let plan: RecoveryPlan
    let archive: RecoveryArchive
    /// Why other snapshots of the component cannot be read.
    let doubts: [Failure]

    init(_ request: RecoveryRequest, in opened: OpenedRepository) throws {
        let snapshots = opened.snapshots(of: request.component).filter { snapshot in
            request.host.map { snapshot.summary.details?.host == $0 } ?? true
        }
        let bases: [StoredBaseBackup]
        (bases, doubts) = try BaseBackups.list(request, snapshots, in: opened)
        let facts = bases[bases.count - 1].facts
        let log = try ArchivedLog(request, of: facts.systemIdentifier, size: facts.segmentSize, in: opened)
        archive = log.archive
        do {
            plan = try RecoveryPlan(
                to: request.target, along: request.timeline, from: bases.map(\.candidate), in: archive)
        } catch .unreadHistory(let timeline) {
            throw log.unreadHistories[timeline] ?? .damaged("The history of timeline \(timeline)", "cannot be read")
        } catch {
            throw Self.failure(error, request)
        }
        base = bases[plan.base]
    }

    private static func failure(_ refusal: RecoveryPlan.Refusal, _ request: RecoveryRequest) -> Failure {
        let name = "'\(request.component)'"
        let goal = request.target.words
        func unreachable(_ message: String, _ advice: String) -> Failure {
            Failure(.recoveryTargetUnreachable, message + ".", advice: advice)
        }
        return switch refusal {
        case .noBase:
            Failure(
                .snapshotMissing, "There is no base backup of \(name) to recover from.",
                advice: "'safehold snapshots' lists what there is.")
        case .tooEarly(let earliest):
            unreachable(
                "No base backup of \(name) had ended by \(goal)",
                "The earliest point that can be reached is \(earliest.ended.later(by: .nanoseconds(1))), position \(earliest.stop). What was before that, only dumps have."
            )
        case .tooLate(let last, let written):
            unreachable(
                "What is archived of \(name) ends before \(goal): its last segment, \(last), was written at \(written)",
                "Recover to the end with --target-end, or let the server archive what it has: select pg_switch_wal().")
        case .gap(let missing, let before):
            unreachable(
                "The archive of \(name) lacks the segment \(missing), without which there is no way to \(goal)",
                "If the server still has it, bring it with 'safehold wal push'."
                    + (before.map { " Else recover to a time before \($0)." }
                        ?? " Else take an older base backup with --at.")
            )
        case .conflict(let segment): ArchivedLog.conflict(segment, request)
        case .foreignTimeline(let number), .unreadHistory(let number):
            unreachable(
                "No base backup of \(name) that ended by \(goal) leads onto timeline \(number)",
                "Name another timeline with --target-timeline: 'current' is the base backup's own.")
        }
    }
}
