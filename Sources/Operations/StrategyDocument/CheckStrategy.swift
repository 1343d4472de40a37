import Identity
import Primitives
import StrategyFile

/// All that is to be said of a strategy file, without following it.
package enum CheckStrategy {
    package struct Finding: Sendable, Equatable {
        /// Keeps the strategy from being followed.
        package var isWrong: Bool
        /// From 1 on.
        package var line: UInt64
        package var column: UInt64
        /// Such as components.documentation.sources; empty for the file as a whole.
        package var path: String
        package var text: String
        /// With file and place, as compilers write it.
        package var described: String
    }

    /// In the order of the lines. Throws `strategy-missing` and `state-unusable`.
    package static func run(permit: consuming Permit<InspectAction>, file: String) throws -> [Finding] {
        let bytes = try LoadStrategy.bytes(file)
        do {
            let reading = try StrategyText.parse(
                bytes, base: LoadStrategy.base(file), knowsZone: TimeZones.has)
            return reading.warnings.map { finding($0, isWrong: false, file) }
        } catch {
            return error.problems.map { finding($0, isWrong: true, file) }
        }
    }

    private static func finding(_ problem: StrategyProblem, isWrong: Bool, _ file: String) -> Finding {
        Finding(
            isWrong: isWrong, line: UInt64(clamping: problem.line), column: UInt64(clamping: problem.column),
            path: problem.path, text: problem.text, described: problem.described(in: file))
    }
}
