import Primitives

/// A command of the strategy's around a backup.
struct HookCommand {
    /// The program and its arguments; not empty.
    let words: [String]
    let timeout: Duration
    /// NAME=VALUE, before our own environment.
    var settings: [String] = []

    /// Waits for its end. Throws `hook-failed` with the end of what it printed when it cannot be started, ends with another status than 0,
    /// or takes longer than `timeout`: then everything in its group is killed.
    func run(as name: String) throws {
        var program = BoundedProgram(words, timeout: timeout)
        program.settings = settings
        let end: BoundedProgram.End
        do {
            end = try program.run()
        } catch let failed as ProgramLaunch.Failed {
            throw Failure(
                .hookFailed, "The \(name) command '\(words[0])' cannot be started: \(failed.reason).",
                advice: "Check that the program is there and may be run by this user; give its whole path.")
        }
        guard let problem = end.problem else { return }
        let said = end.lastWords.isEmpty ? "" : " It said: \(end.lastWords)"
        throw Failure(
            .hookFailed, "The \(name) command '\(words[0])' \(problem).\(said)",
            advice: end.manner == .timeout
                ? "Find out what it waits for, or give it more time in the strategy's hooks."
                : "Run it by hand as the same user, and mend what it complains about.")
    }
}
