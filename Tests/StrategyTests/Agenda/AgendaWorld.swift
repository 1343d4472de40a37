import Primitives
import Strategy

/// An agenda, a clock that somebody turns, and everything that was done.
struct AgendaWorld {
    var agenda: Agenda
    var now: Timestamp
    private(set) var starts: [(job: String, due: Timestamp?, moment: Timestamp?, at: Timestamp, attempt: Int)] = []
    private(set) var missed: [(job: String, due: Timestamp)] = []
    private(set) var covered: [(job: String, due: Timestamp)] = []
    private(set) var clockNotices: [Duration] = []

    init(_ jobs: [AgendaJob], at now: String = "2026-01-01T12:00:00Z", memories: [String: AgendaMemory] = [:]) {
        agenda = Agenda(jobs, zone: .utc, memories: memories)
        self.now = Timestamp(description: now) ?? Timestamp(nanoseconds: 0)
    }

    /// What is begun now, by name.
    @discardableResult
    mutating func decide() -> [String] {
        var begun: [String] = []
        for action in agenda.decide(at: now) {
            switch action {
            case .startSet(let set, let moment):
                for start in set { take(start, moment, &begun) }
            case .start(let start): take(start, nil, &begun)
            case .missed(let job, let due): missed.append((job, due))
            case .covered(let job, let due): covered.append((job, due))
            case .clockWentBack(let by): clockNotices.append(by)
            }
        }
        return begun
    }

    private mutating func take(_ start: AgendaAction.Start, _ moment: Timestamp?, _ begun: inout [String]) {
        starts.append((start.job, start.due, moment, now, start.attempt))
        begun.append(start.job)
    }

    mutating func end(_ job: String, _ outcome: AgendaOutcome = .done) {
        let due = starts.last { $0.job == job }?.due
        agenda.ended(job, due: due, outcome, at: now)
    }

    mutating func pass(_ seconds: Int64) { now = Timestamp(nanoseconds: now.nanoseconds + seconds * 1_000_000_000) }

    /// Everything begins and ends at once, from wake to wake, for so long.
    mutating func live(_ seconds: Int64) {
        let end = Timestamp(nanoseconds: now.nanoseconds + seconds * 1_000_000_000)
        while now <= end {
            for job in decide() { self.end(job) }
            guard let next = agenda.nextWake(after: now), next <= end else { break }
            now = max(next, Timestamp(nanoseconds: now.nanoseconds + 1))
        }
        now = end
    }

    /// As a new program would begin.
    mutating func restart() { agenda = Agenda(agenda.jobs, zone: agenda.zone, memories: agenda.memories) }

    static func job(_ name: String, _ schedule: String, subject: String? = nil, rank: Int = 2) throws -> AgendaJob {
        AgendaJob(
            name: name, subject: subject ?? name, schedule: try Schedule(parsing: schedule), nature: .backup(rank: rank)
        )
    }
}
