import Primitives

/// How well the strategy was carried out in a month (REV-1): what was due, what was done, and what was not.
package struct SuccessReport: Sendable, Equatable {
    /// What was promised of a component.
    package struct Promise: Sendable, Equatable {
        package var component: String
        package var recoveryPoint: Duration?

        package init(component: String, recoveryPoint: Duration?) {
            (self.component, self.recoveryPoint) = (component, recoveryPoint)
        }
    }

    /// One line of the table.
    package struct Line: Sendable, Equatable {
        package var component: String
        package var now: ReportCount
        package var before: ReportCount
        /// In this time the newest good backup was at times older than was promised: how often, and for how long in all.
        package var breaches: Int
        package var breachSeconds: Double
        package var objective: Duration?
    }

    package let project: String
    package let period: ReportPeriod
    package let made: Timestamp
    package let lines: [Line]
    package let total: Line
    /// What did not go well, in the order of time.
    package let troubles: [RunFigure]

    /// `runs` of the period and of the one before it, in any order; what lies outside of both is passed over, but the newest good run
    /// before the period is needed to judge its beginning. `promises` are in the order of the strategy.
    package init(project: String, period: ReportPeriod, runs: [RunFigure], promises: [Promise], made: Timestamp) {
        (self.project, self.period, self.made) = (project, period, made)
        let strangers = Set(runs.map(\.component)).subtracting(promises.map(\.component)).sorted()
        let all = promises + strangers.map { Promise(component: $0, recoveryPoint: nil) }
        lines = all.map { promise in
            Self.line(promise, runs.filter { $0.component == promise.component }, period, until: min(period.to, made))
        }
        total = Self.sum(lines)
        troubles = Self.of(period.from, period.to, runs).filter { $0.outcome != .done && $0.outcome != .running }
            .sorted { ($0.time ?? period.from, $0.component) < ($1.time ?? period.from, $1.component) }
    }

    private static func of(_ from: Timestamp, _ to: Timestamp, _ runs: [RunFigure]) -> [RunFigure] {
        runs.filter { run in run.time.map { from <= $0 && $0 < to } ?? false }
    }

    private static func line(_ promise: Promise, _ runs: [RunFigure], _ period: ReportPeriod, until end: Timestamp)
        -> Line
    {
        var line = Line(
            component: promise.component, now: ReportCount(of(period.from, period.to, runs)),
            before: ReportCount(of(period.before.from, period.before.to, runs)), breaches: 0, breachSeconds: 0,
            objective: promise.recoveryPoint)
        guard let objective = promise.recoveryPoint else { return line }
        // A backup holds what was there when it was begun, and protects from its end on.
        let good = runs.filter { $0.outcome == .done }.compactMap { run in
            run.started.flatMap { started in run.ended.map { (started, $0) } }
        }.sorted { $0.1 < $1.1 }
        var newest = good.last { $0.1 <= period.from }?.0 ?? period.from
        for (started, ended) in good.filter({ $0.1 > period.from && $0.1 < end }) + [(end, end)] {
            let allowed = max(newest.later(by: objective), period.from)
            if ended > allowed {
                line.breaches += 1
                line.breachSeconds += ended.seconds(since: allowed)
            }
            newest = max(newest, started)
        }
        return line
    }

    private static func sum(_ lines: [Line]) -> Line {
        var total = Line(
            component: "all", now: ReportCount([]), before: ReportCount([]), breaches: 0, breachSeconds: 0,
            objective: nil)
        for line in lines {
            total.now.add(line.now)
            total.before.add(line.before)
            total.breaches += line.breaches
            total.breachSeconds += line.breachSeconds
        }
        return total
    }
}

/// Runs, counted.
package struct ReportCount: Sendable, Equatable {
    package var due = 0
    package var done = 0
    package var partial = 0
    package var failed = 0
    package var missed = 0
    package var running = 0
    package var bytesRead: UInt64 = 0
    package var bytesNew: UInt64 = 0
    package var bytesStored: UInt64 = 0
    /// Of runs that came to an end.
    package var seconds = 0.0
    package var timed = 0
    package var longest = 0.0

    package init(_ runs: [RunFigure]) {
        for run in Self.judged(runs) { count(run) }
        for run in runs {
            bytesRead += run.bytesRead
            bytesNew += run.bytesNew
            bytesStored += run.bytesStored
            guard let length = run.seconds, run.outcome != .missed else { continue }
            seconds += length
            timed += 1
            longest = max(longest, length)
        }
    }

    /// What was due once and tried several times is one: the best that came of it counts.
    private static func judged(_ runs: [RunFigure]) -> [RunFigure] {
        struct Due: Hashable {
            var component: String
            var mode: String
            var time: Timestamp
        }
        let order: [RunFigure.Outcome] = [.done, .partial, .running, .failed, .missed]
        var best: [Due: RunFigure] = [:]
        var unplanned: [RunFigure] = []
        for run in runs {
            guard let due = run.due else {
                unplanned.append(run)
                continue
            }
            let key = Due(component: run.component, mode: run.mode, time: due)
            let rank = order.firstIndex(of: run.outcome) ?? 0
            if let known = best[key], (order.firstIndex(of: known.outcome) ?? 0) <= rank { continue }
            best[key] = run
        }
        return Array(best.values) + unplanned
    }

    private mutating func count(_ run: RunFigure) {
        if run.due != nil { due += 1 }
        switch run.outcome {
        case .done: done += 1
        case .partial: partial += 1
        case .failed: failed += 1
        case .missed: missed += 1
        case .running: running += 1
        }
    }

    mutating func add(_ other: ReportCount) {
        due += other.due
        done += other.done
        partial += other.partial
        failed += other.failed
        missed += other.missed
        running += other.running
        bytesRead += other.bytesRead
        bytesNew += other.bytesNew
        bytesStored += other.bytesStored
        seconds += other.seconds
        timed += other.timed
        longest = max(longest, other.longest)
    }

    /// Of what came to an end, or never began: the share that was done whole. Nil where there was nothing.
    package var successRate: Double? {
        let all = done + partial + failed + missed
        return all == 0 ? nil : Double(done) / Double(all)
    }

    package var averageSeconds: Double? { timed == 0 ? nil : seconds / Double(timed) }
}
