import Catalog
import Primitives
import Strategy

/// The report of success out of the catalog (REV-1).
extension SuccessReport {
    /// Of the calendar month, in UTC, that `time` lies in; on its first day, of the one before.
    package static func ofMonth(
        containing time: Timestamp, catalog: CatalogDatabase, strategy: BackupStrategy, at now: Timestamp
    ) throws -> SuccessReport {
        let isFirstDay = time.description.dropFirst(8).hasPrefix("01")
        let month = isFirstDay ? ReportPeriod.lastMonth(before: time) : ReportPeriod(month: time.description.prefix(7))
        guard let period = month else {
            throw Failure(.usage, "There is no month at \(time).", advice: "Check this host's clock.")
        }
        return try of(period, catalog: catalog, strategy: strategy, at: now)
    }

    package static func of(
        _ period: ReportPeriod, catalog: CatalogDatabase, strategy: BackupStrategy, at now: Timestamp
    ) throws -> SuccessReport {
        let names = Set(strategy.components.map(\.name))
        var runs = try catalog.runs(from: period.before.from, until: period.to).filter { names.contains($0.subject) }
        // The newest good one before tells how old backups were when the period began.
        for name in names {
            if let good = try catalog.runs(subject: name, until: period.before.from, limit: 50).first(where: {
                $0.isGood
            }) {
                runs.append(good)
            }
        }
        return SuccessReport(
            project: strategy.project, period: period, runs: runs.compactMap(RunFigure.init),
            promises: strategy.components.map {
                Promise(component: $0.name, recoveryPoint: $0.objectives.recoveryPoint)
            }, made: now)
    }
}

extension RunFigure {
    /// Nil for a run that was cut off and gone on with.
    init?(_ run: RunRecord) {
        let outcome: Outcome
        switch run.outcome {
        case .complete, .covered: outcome = .done
        case .partial: outcome = .partial
        case .failed: outcome = .failed
        case .missed: outcome = .missed
        case .running: outcome = .running
        case .interrupted: return nil
        }
        self.init(
            component: run.subject, mode: run.mode, due: run.due, started: run.outcome == .missed ? nil : run.started,
            ended: run.ended, outcome: outcome)
        (bytesRead, bytesNew) = (run.figures.bytesRead, run.figures.bytesNew)
        bytesStored = run.figures.bytesStored
        (error, message) = (run.failure?.code.rawValue, run.failure?.message)
    }
}
