import Audit
import Catalog
import Operations
import Primitives
import Strategy

/// Strategies that come into force.
extension Daemon {
    /// A file that cannot be followed changes nothing, and is told of.
    func reload() throws {
        given.manager.reloading()
        let now = clock.now()
        do {
            let new = try given.load()
            var act = Act("strategy-follow", .change, on: [ActObject(.strategy, new.file)])
            (act.strategy, act.isByHost) = (new.digest, true)
            try record(act) { try follow(new, at: now) }
        } catch let failure as Failure where failure.code != .stateUnusable && failure.code != .catalogDamaged {
            desk.take([.wrong(ServiceNews.strategy(failure, at: now))])
            given.say(.trouble(failure))
        }
        given.manager.ready("Carrying out \(loaded.file)")
    }

    private func follow(_ new: LoadedStrategy, at now: Timestamp) throws {
        let zone = try TimeZones.rules(new.strategy.timeZone)
        try changes.follow(new.strategy, omitting: new.omitted(given.surroundings))
        agenda = agenda.following(new.strategy.agendaJobs, zone: zone)
        (loaded, jobs) = (new, new.strategy.jobsByName)
        logs.follow(new.strategy)
        desk.follow(new.strategy)
        desk.take([.right("strategy-file")])
        try record(new, at: now)
        for component in new.strategy.components { agenda.changed(component.name, at: now) }
        given.say(.ready(file: new.file, jobs: jobs.count))
    }

    /// Writes down what is in force from now on, and raises what has to be looked at again.
    func record(_ loaded: LoadedStrategy, at now: Timestamp) throws {
        let change = try StrategyKeeping.take(loaded, by: given.surroundings.user, at: now, into: catalog)
        if let change, !change.changes.isEmpty {
            desk.take([.once(ServiceNews.changed(change.changes, at: now))])
            for review in change.reviews { desk.take([.once(ServiceNews.review(review, at: now))]) }
        }
        if let review = try StrategyKeeping.takeSoftware(given.software, at: now, into: catalog) {
            desk.take([.once(ServiceNews.review(review, at: now))])
        }
    }
}

extension BackupStrategy {
    var jobsByName: [String: DaemonJob] {
        Dictionary(daemonJobs.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var agendaJobs: [AgendaJob] { daemonJobs.map(\.agendaJob) }
}

extension DaemonJob {
    /// So that many hosts do not all ask one store at once. Backups keep their moment.
    private static let upkeepSpread = Duration.seconds(120)

    fileprivate var agendaJob: AgendaJob {
        switch work {
        case .backup(_, let mode):
            let rank =
                switch mode {
                case .full: 3
                case .incremental: 2
                case .change: 1
                }
            return AgendaJob(name: name, subject: subject, schedule: schedule, nature: .backup(rank: rank))
        case .upkeep, .test:
            var spread = Self.upkeepSpread
            if case .every(let interval) = schedule { spread = min(spread, interval / 10) }
            return AgendaJob(name: name, subject: subject, schedule: schedule, nature: .upkeep, spread: spread)
        case .medium, .review, .drill, .successReport:
            return AgendaJob(name: name, subject: subject, schedule: schedule, nature: .reminder)
        }
    }

    /// As the catalog calls it.
    var recordSubject: String {
        switch work {
        case .upkeep(let task): task.store.name
        default: subject
        }
    }
}
