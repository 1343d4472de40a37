import Primitives

/// How a component stands, beside what was promised.
package struct Health: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        /// The newest good backup is young enough, and the last run was one.
        case healthy
        /// The newest good backup is older than was promised.
        case late
        /// The last run failed, was missed or left something out.
        case failing
        /// There is no good backup.
        case never
    }

    package var state: State
    /// When the newest good backup began to read.
    package var newestGood: Timestamp?
    package var objective: Duration?
    /// When the promise is broken, if no good backup comes before.
    package var lateAt: Timestamp?

    package init(
        newestGood: Timestamp?, lastWasGood: Bool, objective: Duration?, at now: Timestamp
    ) {
        (self.newestGood, self.objective) = (newestGood, objective)
        guard let newestGood else {
            state = .never
            return
        }
        lateAt = objective.map { newestGood.later(by: $0) }
        if let lateAt, lateAt < now { state = .late } else { state = lastWasGood ? .healthy : .failing }
    }
}
