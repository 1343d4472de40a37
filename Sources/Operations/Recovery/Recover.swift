import Capture
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// Brings a PostgreSQL server back to a point in time: a base backup, and from there on what was archived of its log.
package enum Recover {
    /// The newest base backup that had ended at the target is chosen (the newest of all, where nobody knows before where the target is), and the log from there is looked through for gaps; nothing was touched where
    /// that throws. With `isTried` a server recovers in scratch space first and is looked at. Then the base backup comes into the data directory, with
    /// what a server needs to go on to the target when it is started there; the control file comes last, so that none starts before.
    ///
    /// A run that was interrupted goes on when it is started again.
    package static func run(
        permit: () throws -> Permit<RestoreAction>, opened: OpenedRepository, request: RecoveryRequest,
        surroundings: Surroundings, observer: any OperationObserver
    ) throws -> RecoveryReport {
        let began = ContinuousClock.now
        let prepared = try PreparedRecovery(request, in: opened)
        var report = RecoveryReport(prepared, request)
        for doubt in doubts(of: prepared, request) { observer.warning(doubt) }
        let site = try request.directory.map { try RecoverySite($0, request, prepared.base) }
        let unarchived = try site.flatMap {
            try UnarchivedLog(at: $0, prepared, request, in: opened, now: surroundings.clock.now())
        }
        for warning in unarchived?.warnings ?? [] { observer.warning(warning) }
        if request.isRehearsal { return report }
        for left in ScratchFolder.sweep(below: surroundings.scratch) {
            observer.warning("\(left) was left by a recovery that was killed while it was tried. It was removed.")
        }
        if request.isTried {
            let trial = ScratchRecovery(opened: opened, base: prepared.base, request: request)
            report.proof = try trial.run(permit: permit, surroundings: surroundings, observer: observer)
        }
        if let site {
            let writing = RecoveryWriting(
                opened: opened, base: prepared.base, site: site, unarchived: unarchived, observer: observer)
            report.written = try writing.run(
                permit: permit,
                settings: request.settings(action: request.action, of: prepared.base.facts.systemIdentifier),
                waitsForMedium: request.waitsForMedium)
        }
        report.seconds = (ContinuousClock.now - began).inSeconds
        return report
    }

    /// What is in doubt of a recovery that was found possible.
    static func doubts(of prepared: PreparedRecovery, _ request: RecoveryRequest) -> [String] {
        var doubts = prepared.doubts.map {
            "A snapshot of '\(request.component)' is passed over. \($0.message)"
        }
        let goal = request.target.words
        if request.target.mayLieAnywhere, request.moment == nil {
            doubts.append(
                "Nobody knows before where \(goal) is, so the newest base backup is taken, which ended at \(prepared.base.facts.ended). The target has to come after it; if it is earlier, choose an earlier base backup with --at TIME."
            )
        }
        if let gap = prepared.plan.gap {
            doubts.append(
                "The archive lacks the segment \(gap), or has it twice with different content: \(goal) is reached only if it comes before that."
            )
        }
        if prepared.plan.isLastTouched {
            doubts.append(
                "\(goal) lies in the last segment that is archived, \(prepared.plan.last). If nothing later was archived, the server does not come to it and says 'recovery ended before configured recovery target was reached'. --target-end recovers all that is archived then; --verify finds it out before."
            )
        }
        return doubts
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
