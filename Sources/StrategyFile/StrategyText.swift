import Strategy
import Yams

/// A strategy file's text, read into values.
package enum StrategyText {
    package struct Reading: Sendable {
        package var strategy: BackupStrategy
        /// What should be looked at: places that were not filled in, promises that the schedules cannot keep.
        package var warnings: [StrategyProblem]
    }

    /// `base`: the absolute directory of the file; what is relative in it lies there. `knowsZone`: whether this system has a time zone of
    /// that name. Throws everything that is wrong with it.
    package static func parse(
        _ bytes: [UInt8], base: [UInt8], knowsZone: @escaping (String) -> Bool = { _ in true }
    ) throws(StrategyProblems) -> Reading {
        let ledger = Ledger()
        if let node = StrategyTree.read(bytes, ledger) {
            let top = Entry(node: node, path: "", ledger: ledger)
            Secrets.look(in: top)
            let strategy = StrategyReader(top, base: base, knowsZone: knowsZone).read()
            if let strategy { Coherence(strategy, ledger).check() }
            if ledger.problems.isEmpty, let strategy {
                return Reading(strategy: strategy, warnings: ledger.warnings.sorted())
            }
        }
        throw StrategyProblems(problems: ledger.problems.sorted())
    }
}
