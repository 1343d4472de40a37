import Catalog
import Operations
import Primitives
import Strategy

/// Carries out the strategy: does what is due, notices what changed, tells who has to know, until somebody asks it to stop.
package final class Daemon {
    let given: DaemonSurroundings
    let catalog: CatalogDatabase
    let desk: NotificationDesk
    let work: WorkDesk
    let changes: ChangeDesk
    let logs: LogDesk
    var vital: VitalSigns
    var loaded: LoadedStrategy
    var jobs: [String: DaemonJob]
    var agenda: Agenda
    private let bell: Monitor<Bool>
    /// As it stands in the catalog.
    private var remembered: [String: AgendaMemory]
    /// For which due time each job that is under way was begun.
    var underWay: [String: Timestamp?] = [:]

    var clock: WallClock { given.surroundings.clock }

    /// Runs until the program is interrupted. Throws what keeps it from starting: no strategy, another daemon, no place for its state.
    package static func run(_ given: DaemonSurroundings) throws {
        // From here on SIGHUP does not end the program.
        _ = given.takeReloadRequest()
        let loaded = try given.load()
        let presence = try StrategyPresence(.daemon, given.surroundings.hostState)
        try Daemon(given, loaded).live()
        _ = consume presence
    }

    private init(_ given: DaemonSurroundings, _ loaded: LoadedStrategy) throws {
        (self.given, self.loaded) = (given, loaded)
        let (surroundings, now) = (given.surroundings, given.surroundings.clock.now())
        let bell = Monitor(false)
        self.bell = bell
        let wake: @Sendable () -> Void = { bell.update { $0 = true } }
        let (catalog, aside) = try CatalogPlace.openOrBegin(surroundings.hostState, at: now)
        self.catalog = catalog
        desk = try NotificationDesk(
            loaded.strategy, catalog: catalog, host: surroundings.host, clock: surroundings.clock)
        work = WorkDesk(isCancelled: surroundings.terminal.isInterrupted, wake: wake)
        changes = try ChangeDesk(loaded.strategy, omitting: loaded.omitted(surroundings), wake: wake)
        logs = LogDesk(loaded.strategy, given)
        jobs = loaded.strategy.jobsByName
        remembered = try catalog.jobMemories().mapValues(AgendaMemory.init)
        agenda = Agenda(
            loaded.strategy.agendaJobs, zone: try TimeZones.rules(loaded.strategy.timeZone), memories: remembered)
        vital = VitalSigns(given)
        if let aside { desk.take([.once(ServiceNews.lostCatalog(aside, at: now))]) }
    }

    private func live() throws {
        try takeOver()
        given.manager.ready("Carrying out \(loaded.file)")
        given.say(.ready(file: loaded.file, jobs: jobs.count))
        let visits = openSocket()
        while !given.surroundings.terminal.isInterrupted() {
            let next = try step()
            wait(until: next)
        }
        given.manager.stopping()
        given.say(.stopping)
        visits?.end()
        changes.stop()
        logs.end()
        work.end()
        try collect()
        try desk.end()
        try vital.end(catalog, at: clock.now())
    }

    /// Backups go on where nobody can ask.
    private func openSocket() -> PeerSocket? {
        guard let visits = given.visits else { return nil }
        do {
            return try PeerSocket(at: visits.path, busy: visits.busy, answer: visits.answer)
        } catch {
            given.say(.trouble(error.asFailure))
            return nil
        }
    }

    /// What the program before this one left behind, and what changed while none ran.
    private func takeOver() throws {
        let now = clock.now()
        let found = try TakeOver.run(by: .daemon, state: given.surroundings.hostState, catalog: catalog, at: now)
        for run in found.runs {
            agenda.ended(run.job, due: run.due, .interrupted, at: now)
            given.say(.run(run))
        }
        for (component, failure) in found.stillFrozen {
            desk.take([.wrong(ServiceNews.thaw(component, failure, at: now))])
        }
        try record(loaded, at: now)
        for component in loaded.strategy.components { agenda.changed(component.name, at: now) }
    }

    /// One turn: everything that happened since the last one, everything that is due now. Returns when there is something to do again at
    /// the latest.
    private func step() throws -> Timestamp? {
        if given.takeReloadRequest() { try reload() }
        try collect()
        try answerRequests()
        let now = clock.now()
        for component in changes.takeDue() { agenda.changed(component, at: now) }
        let actions = agenda.decide(at: now)
        // Written down before anything is begun: what is due is begun once, whatever happens now.
        try remember()
        for action in actions { try carryOut(action, at: now) }
        desk.take(try vital.look(self, at: now))
        try desk.advance()
        let change = changes.wait.map { now.later(by: $0) }
        return [agenda.nextWake(after: now), change, desk.nextDue].compactMap { $0 }.min()
    }

    func remember() throws {
        let changed = agenda.memories.filter { remembered[$0.key] != $0.value }
        guard !changed.isEmpty else { return }
        try catalog.remember(changed.mapValues(JobMemory.init))
        remembered = agenda.memories
    }

    /// Runs that came to an end.
    private func collect() throws {
        let now = clock.now()
        for done in work.takeFinished() {
            if let failure = done.failure { throw failure }
            if let failure = done.unwritten { given.say(.trouble(failure)) }
            for run in done.runs {
                agenda.ended(
                    run.job, due: underWay.removeValue(forKey: run.job) ?? run.due, AgendaOutcome(run), at: now)
                changes.ended(run.subject)
                given.say(.run(run))
                desk.take(RunNews.of(run, strategy: loaded.strategy, at: now))
            }
            try remember()
        }
    }

    private func wait(until next: Timestamp?) {
        let left = next.map { ($0.nanoseconds - clock.now().nanoseconds) / 1_000_000 } ?? 1000
        // Never for long: the clock may jump, and signals only set flags.
        let rang = bell.wait(milliseconds: Int(max(1, min(left, 1000)))) { $0 }
        if rang { bell.withLock { $0 = false } }
    }
}

extension LoadedStrategy {
    /// What backups themselves write, and what is none of a component's changes.
    func omitted(_ surroundings: Surroundings) -> [[UInt8]] {
        [Array(surroundings.hostState.root.utf8)]
            + strategy.stores.map(\.location).filter { $0.hasPrefix("/") }.map { Array($0.utf8) }
    }
}

extension AgendaMemory {
    init(_ memory: JobMemory) {
        self.init()
        (handled, failures, waiting) = (memory.handled, memory.failures, memory.waiting)
        (retry, retryDue) = (memory.retry, memory.retryDue)
    }
}

extension JobMemory {
    init(_ memory: AgendaMemory) {
        self.init()
        (handled, failures, waiting) = (memory.handled, memory.failures, memory.waiting)
        (retry, retryDue) = (memory.retry, memory.retryDue)
    }
}

extension AgendaOutcome {
    init(_ run: RunRecord) {
        switch run.outcome {
        case .complete, .partial, .covered: self = .done
        case .interrupted, .running: self = .interrupted
        case .failed, .missed: self = run.failure?.code.class == .transient ? .failedForNow : .failed
        }
    }
}
