import Primitives
import Strategy

/// Has the application's own program say whether it can use what was restored.
enum TestedHealth {
    private static let longest = Duration.seconds(30 * 60)

    /// `folder` has the component's files, at the paths that they had.
    static func check(
        _ component: ComponentPlan, in folder: String, isCancelled: () -> Bool
    ) throws -> TestedStreams.Check {
        var program = BoundedProgram(component.health, timeout: longest)
        program.settings = ["SAFEHOLD_RESTORED=\(folder)", "SAFEHOLD_COMPONENT=\(component.name)"]
        let problem: String?
        do {
            let end = try program.run(isCancelled: isCancelled)
            if isCancelled() { throw Failure.interrupted }
            problem = end.problem.map { "it \($0): \(end.lastWords)" }
        } catch let failed as ProgramLaunch.Failed {
            problem = "it cannot be started: \(failed.reason)"
        }
        return TestedStreams.Check(
            name: "health", result: problem == nil ? .passed : .failed,
            words: problem ?? "'\(component.health[0])' took it for what it should be")
    }
}
