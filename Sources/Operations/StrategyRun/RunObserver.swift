import Catalog
import Primitives

/// Writes what an operation says into the log of its run: warnings, and the first problems, which are all counted.
final class RunObserver: OperationObserver {
    private static let keptProblems = 200

    private let catalog: CatalogDatabase
    private let run: Int64
    private let clock: WallClock
    private let beside: any OperationObserver
    private let problems = Monitor(0)

    init(_ catalog: CatalogDatabase, run: Int64, clock: WallClock, beside: any OperationObserver) {
        (self.catalog, self.run, self.clock, self.beside) = (catalog, run, clock, beside)
    }

    func progress(_ progress: OperationProgress) { beside.progress(progress) }

    func problem(_ problem: EntryProblem) {
        beside.problem(problem)
        let number = problems.withLock { count in
            count += 1
            return count
        }
        if number <= Self.keptProblems {
            note(.problem, "\(problem.pathText): \(problem.kind.rawValue): \(problem.reason)")
        }
    }

    func warning(_ message: String) {
        beside.warning(message)
        note(.warning, message)
    }

    func note(_ message: String) { note(.note, message) }

    var isCancelled: Bool { beside.isCancelled }

    /// A log that cannot be written must not keep a backup from being made; the run's end is written, or fails, by itself.
    private func note(_ level: RunLine.Level, _ text: String) {
        try? catalog.add(RunLine(time: clock.now(), level: level, text: text), to: run)
    }
}
