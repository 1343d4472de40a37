import Audit
import Catalog
import Operations
import Primitives
import Strategy

/// What the agenda decided, carried out.
extension Daemon {
    private var place: StrategyPlace {
        StrategyPlace(
            strategy: loaded.strategy, digest: loaded.digest.hex, catalog: catalog, surroundings: given.surroundings,
            software: given.software)
    }

    func carryOut(_ action: AgendaAction, at now: Timestamp) throws {
        switch action {
        case .startSet(let starts, let moment): backUp(starts, moment)
        case .start(let start): try begin(start, at: now)
        case .missed(let job, let due): try note(job, due, .missed, at: now)
        case .covered(let job, let due): try note(job, due, .covered, at: now)
        case .clockWentBack(let by): desk.take([.once(ServiceNews.clock(by, at: now))])
        }
    }

    private func backUp(_ starts: [AgendaAction.Start], _ moment: Timestamp) {
        let runs = starts.compactMap { start -> PlannedRun? in
            guard case .backup(let component, let mode)? = jobs[start.job]?.work else { return nil }
            underWay[start.job] = .some(start.due)
            changes.begun(component.name)
            return PlannedRun(
                component: component, mode: mode, due: start.due, attempt: start.attempt, job: start.job)
        }
        let names = runs.map(\.component.name)
        work.backUp(runs, SetStamp(moment), at: place, willRead: changes.readingBegins(of: names))
    }

    private func begin(_ start: AgendaAction.Start, at now: Timestamp) throws {
        guard let job = jobs[start.job] else { return }
        let due = start.due ?? now
        switch job.work {
        case .backup: return
        case .upkeep(let task):
            underWay[start.job] = .some(start.due)
            work.keepUp(task, due: due, attempt: start.attempt, at: place)
        case .test(let drill):
            underWay[start.job] = .some(start.due)
            work.hold(drill, job: job.name, due: due, attempt: start.attempt, at: place)
        case .review(let review):
            let entry = ReviewEntry(name: review.name, reason: "the strategy asks for it regularly", due: due)
            if try catalog.raise(entry) { desk.take([.once(ServiceNews.review(entry, at: now))]) }
        case .drill(let drill):
            let entry = ReviewEntry(
                name: drill.kind.rawValue, reason: "the strategy asks for this drill regularly", due: due)
            if try catalog.raise(entry) { desk.take([.once(ServiceNews.drill(drill, due: due, at: now))]) }
        case .medium(let store): desk.take([.once(ServiceNews.medium(store, due: due, at: now))])
        case .successReport:
            desk.take([.report(try ServiceNews.successReport(catalog, loaded.strategy, until: due, at: now))])
        }
    }

    /// Reminders that nobody could give are given once, and not written down as missed.
    private func note(_ name: String, _ due: Timestamp, _ outcome: RunRecord.Outcome, at now: Timestamp) throws {
        guard let job = jobs[name], !job.isReminder else { return }
        var run = RunRecord(
            job: name, subject: job.recordSubject, mode: job.mode, due: due, started: now, outcome: outcome,
            strategy: loaded.digest.hex)
        run.ended = now
        run.id = try catalog.add(run)
        given.say(.run(run))
        if outcome == .missed { desk.take([.once(RunNews.missed(run, at: now))]) }
    }

    /// What commands asked for since.
    func answerRequests() throws {
        for request in try catalog.takeRequests() {
            switch request.kind {
            case "acknowledge":
                guard let number = Int64(request.text) else { continue }
                do {
                    try acknowledge(number, by: request.user)
                } catch {
                    given.say(.trouble(error.asFailure))
                }
            case "anomaly":
                for entry in try catalog.anomalies(open: true) where entry.snapshot == request.text {
                    desk.take([.wrong(ServiceNews.anomaly(entry, at: clock.now()))])
                }
            case "anomaly-cleared":
                guard try !catalog.anomalies(open: true).contains(where: { $0.component == request.text }) else {
                    continue
                }
                desk.take([.right(ServiceNews.anomalyKey(request.text))])
            default: given.say(.note("The request '\(request.kind)' is not known to this version."))
            }
        }
    }

    private func acknowledge(_ number: Int64, by user: String) throws {
        let objects = [ActObject(.incident, "\(number)"), ActObject(.person, user)]
        try record(place.act("acknowledge", .change, on: objects)) { try desk.acknowledge(number, by: user) }
    }

    /// Does something that takes no permit, between its intent and its outcome.
    func record(_ act: Act, _ work: () throws -> Void) throws {
        let recorded = RecordedAct(act, given.surroundings)
        try recorded.begin()
        do {
            try work()
        } catch {
            try recorded.end(ActEnding(error.asFailure))
            throw error
        }
        try recorded.end(ActEnding(.ok))
    }
}
