import Primitives

/// Decides what begins when. It has no clock and carries nothing out: times, changes and ends of runs come in, actions go out.
///
/// Every due time is dealt with once: it is begun, covered by a job of higher rank, or missed. `memories` hold all that a restart needs; whoever
/// carries actions out writes them down before. After a time in which nobody could begin anything, the newest due run of a job is made up
/// for, and the older ones are missed. Two jobs of one subject never run at once.
package struct Agenda: Sendable {
    /// Later than this after its due time a run is one that is caught up on: it does not share the moment of those on time.
    static let punctual = Duration.seconds(60)
    /// A clock that goes back further has been set; nothing waits until it is where it was.
    static let clockTolerance = Duration.seconds(600)
    static let firstRetry = Duration.seconds(60)
    static let lastRetry = Duration.seconds(3600)

    package let jobs: [AgendaJob]
    package let zone: TimeZoneRules
    package private(set) var memories: [String: AgendaMemory]
    /// Names of jobs that are under way, by subject.
    private var running: [String: String] = [:]
    private var latest: Timestamp?
    /// When each job begins next, so that schedules are not asked at every turn.
    private var upcoming: [String: Timestamp] = [:]

    package init(_ jobs: [AgendaJob], zone: TimeZoneRules, memories: [String: AgendaMemory] = [:]) {
        (self.jobs, self.zone) = (jobs, zone)
        self.memories = memories.filter { name, _ in jobs.contains { $0.name == name } }
        // Only what was due is dealt with: a clock that is before that now went back while nobody was there to see it.
        latest = self.memories.values.compactMap(\.handled).max()
    }

    /// Another strategy is in force: jobs that are under way go on, and are known by their names.
    package func following(_ jobs: [AgendaJob], zone: TimeZoneRules) -> Agenda {
        var agenda = Agenda(jobs, zone: zone, memories: memories)
        (agenda.running, agenda.latest) = (running, latest)
        return agenda
    }

    package var isIdle: Bool { running.isEmpty }
    package func isRunning(_ subject: String) -> Bool { running[subject] != nil }

    /// Something of the subject changed, and is to be backed up now.
    package mutating func changed(_ subject: String, at now: Timestamp) {
        for job in jobs where job.subject == subject && job.isOnChange {
            if memories[job.name, default: AgendaMemory()].waiting == nil {
                memories[job.name, default: AgendaMemory()].waiting = now
            }
        }
    }

    package mutating func ended(_ name: String, due: Timestamp?, _ outcome: AgendaOutcome, at now: Timestamp) {
        guard let job = jobs.first(where: { $0.name == name }) else {
            running = running.filter { $0.value != name }
            return
        }
        if running[job.subject] == name { running[job.subject] = nil }
        upcoming[name] = nil
        var memory = memories[name] ?? AgendaMemory()
        (memory.retry, memory.retryDue) = (nil, nil)
        switch outcome {
        case .done: memory.failures = 0
        case .interrupted: (memory.retry, memory.retryDue) = (now, due)
        case .failed, .failedForNow:
            memory.failures += 1
            // What began because something changed has no next due time that would make up for it.
            if outcome == .failedForNow || job.isOnChange {
                (memory.retry, memory.retryDue) = (now.later(by: Self.pause(memory.failures)), due)
            }
        }
        memories[name] = memory
    }

    /// Doubled each time.
    static func pause(_ failures: Int) -> Duration { min(lastRetry, firstRetry * (1 << min(max(failures - 1, 0), 10))) }

    /// Everything that is to begin at `now`, and what has to be written down. Calling it more often does no harm.
    package mutating func decide(at now: Timestamp) -> [AgendaAction] {
        var actions = lookAtClock(now)
        var ready: [Ready] = []
        for job in jobs {
            guard running[job.subject] == nil, let candidate = candidate(job, at: now, &actions) else { continue }
            ready.append(candidate)
        }
        begin(ready, at: now, &actions)
        return actions
    }

    /// A job that may begin.
    private struct Ready {
        var job: AgendaJob
        var due: Timestamp?
        var attempt: Int
        var isPunctual: Bool
    }

    private mutating func lookAtClock(_ now: Timestamp) -> [AgendaAction] {
        defer { latest = now }
        guard let latest, now < latest else { return [] }
        let back = Duration.nanoseconds(latest.nanoseconds - now.nanoseconds)
        guard back > Self.clockTolerance else { return [] }
        upcoming = [:]
        // What lies before now is not repeated; what lies after it comes when it comes.
        memories = memories.mapValues { memory in
            var memory = memory
            memory.handled = memory.handled.map { min($0, now) }
            memory.retry = memory.retry.map { min($0, now.later(by: Self.lastRetry)) }
            memory.waiting = memory.waiting.map { min($0, now) }
            return memory
        }
        return [.clockWentBack(back)]
    }

    private mutating func candidate(_ job: AgendaJob, at now: Timestamp, _ actions: inout [AgendaAction]) -> Ready? {
        var memory = memories[job.name] ?? AgendaMemory()
        defer { memories[job.name] = memory }
        if job.isOnChange {
            if let retry = memory.retry, retry <= now || memory.waiting != nil {
                return Ready(job: job, due: nil, attempt: memory.failures + 1, isPunctual: false)
            }
            return memory.waiting == nil ? nil : Ready(job: job, due: nil, attempt: 1, isPunctual: false)
        }
        guard let handled = memory.handled else { return first(job, &memory, at: now) }
        if let next = upcoming[job.name], next > now, memory.retry.map({ $0 > now }) ?? true { return nil }
        if let due = newestDue(job, after: handled, &memory, at: now, &actions) {
            let isPunctual =
                now.nanoseconds - due.nanoseconds <= Self.punctual.wholeNanoseconds + job.spread.wholeNanoseconds
            return Ready(job: job, due: due, attempt: 1, isPunctual: isPunctual)
        }
        upcoming[job.name] = job.schedule.next(after: handled, in: zone).map { $0.later(by: job.delay(of: $0)) }
        guard let retry = memory.retry, retry <= now else { return nil }
        return Ready(job: job, due: memory.retryDue, attempt: memory.failures + 1, isPunctual: false)
    }

    /// What was never done: a backup is made at once, for nothing is protected before; all else waits for its time.
    private func first(_ job: AgendaJob, _ memory: inout AgendaMemory, at now: Timestamp) -> Ready? {
        if job.isBackup {
            return Ready(job: job, due: job.schedule.latest(through: now, in: zone), attempt: 1, isPunctual: false)
        }
        memory.handled = now
        return nil
    }

    /// The one that is to begin. Those before it are missed, and dealt with thereby.
    private func newestDue(
        _ job: AgendaJob, after handled: Timestamp, _ memory: inout AgendaMemory, at now: Timestamp,
        _ actions: inout [AgendaAction]
    ) -> Timestamp? {
        guard let newest = job.schedule.latest(through: now, in: zone), newest > handled else { return nil }
        var due = job.schedule.due(after: handled, through: newest, in: zone, limit: 1000)
        if due.last != newest { due = due.dropLast() + [newest] }
        // As long as its delay is not over, it is the one before it that may begin.
        if newest.later(by: job.delay(of: newest)) > now { due.removeLast() }
        guard let chosen = due.last else { return nil }
        for missed in due.dropLast() {
            actions.append(.missed(job: job.name, due: missed))
            memory.handled = missed
        }
        return chosen
    }

    private mutating func begin(_ ready: [Ready], at now: Timestamp, _ actions: inout [AgendaAction]) {
        var sets: [Timestamp: [AgendaAction.Start]] = [:]
        for (subject, rivals) in Dictionary(grouping: ready, by: \.job.subject).sorted(by: { $0.key < $1.key }) {
            guard let chosen = rivals.max(by: { ($0.job.rank, $1.job.name) < ($1.job.rank, $0.job.name) }) else {
                continue
            }
            let start = AgendaAction.Start(job: chosen.job.name, due: chosen.due, attempt: chosen.attempt)
            settle(chosen, at: now)
            if chosen.job.isBackup {
                for other in rivals where other.job.name != chosen.job.name && other.job.isBackup {
                    settle(other, at: now)
                    if let due = other.due { actions.append(.covered(job: other.job.name, due: due)) }
                }
                sets[chosen.isPunctual ? chosen.due ?? now : now, default: []].append(start)
            } else {
                actions.append(.start(start))
            }
            if chosen.job.nature != .reminder { running[subject] = chosen.job.name }
        }
        for (moment, starts) in sets.sorted(by: { $0.key < $1.key }) {
            let order = Dictionary(uniqueKeysWithValues: jobs.enumerated().map { ($1.name, $0) })
            actions.append(
                .startSet(starts.sorted { order[$0.job, default: 0] < order[$1.job, default: 0] }, moment: moment))
        }
    }

    /// It is dealt with.
    private mutating func settle(_ ready: Ready, at now: Timestamp) {
        var memory = memories[ready.job.name] ?? AgendaMemory()
        if let due = ready.due { memory.handled = max(memory.handled ?? due, due) }
        // A first run that no due time asked for.
        if memory.handled == nil, !ready.job.isOnChange { memory.handled = now }
        (memory.waiting, memory.retry, memory.retryDue) = (nil, nil, nil)
        memories[ready.job.name] = memory
        upcoming[ready.job.name] = nil
    }

    /// When there is something to decide again, if nothing happens before. Nil where only a change can bring it.
    package func nextWake(after now: Timestamp) -> Timestamp? {
        jobs.filter { running[$0.subject] == nil }.compactMap { job -> Timestamp? in
            let memory = memories[job.name]
            let next =
                upcoming[job.name]
                ?? job.schedule.next(after: memory?.handled ?? now, in: zone).map { $0.later(by: job.delay(of: $0)) }
            return [next, memory?.retry].compactMap { $0 }.min()
        }.min()
    }

    /// When a job is due next, whether or not something is under way.
    package func nextDue(of name: String, after now: Timestamp) -> Timestamp? {
        jobs.first { $0.name == name }.flatMap { $0.schedule.next(after: now, in: zone) }
    }
}

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (long, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max >> 1 : long + attoseconds / 1_000_000_000
    }
}
