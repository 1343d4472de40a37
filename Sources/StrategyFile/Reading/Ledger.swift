/// What was found wrong while a file is read. One thread reads.
final class Ledger {
    private(set) var problems: [StrategyProblem] = []
    private(set) var warnings: [StrategyProblem] = []

    /// Where each part of the file stands, by the way to it.
    var places: [String: (line: Int, column: Int)] = [:]

    func add(_ problem: StrategyProblem) { if !problems.contains(problem) { problems.append(problem) } }
    func warn(_ problem: StrategyProblem) { if !warnings.contains(problem) { warnings.append(problem) } }
}
