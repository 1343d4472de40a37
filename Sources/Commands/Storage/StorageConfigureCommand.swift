import ArgumentParser
import Identity
import Operations
import Primitives

struct StorageConfigureCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "configure",
        abstract: "Set a bucket up as 'storage check' wants it.",
        discussion: """
            Shows its plan and changes nothing without --apply: versions, default retention (as the repository's locks say), public
            access block, encryption, statements of the bucket's policy beside those that are there, lifecycle rules (those that
            would remove backups are switched off), access logs into another bucket. Takes credentials of whoever owns the bucket.
            What was taken is asked for again.

              safehold storage configure
              safehold storage configure --writer arn:aws:iam::111122223333:user/host1 --log-bucket our-logs --apply
              safehold storage configure --create --apply --repository 's3://new?endpoint=https://s3.example.org'
            """)

    @OptionGroup var wishes: StoreWishOptions
    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(name: .long, help: "Do it.")
    var apply = false

    @Flag(name: .long, help: "Make the bucket first, with object lock. Takes --apply.")
    var create = false

    func run(_ session: Session) throws -> Outcome {
        guard apply || !create else {
            throw Failure(
                .usage, "There is no plan for a bucket that is not there yet.", advice: "Add --apply to --create.")
        }
        let store = try session.surroundings.openStore(try session.location(repositoryOptions))
        let permit = try session.permit(StorageAction.self, in: repositoryOptions)
        let steps =
            apply
            ? try StoreSetup.apply(permit: permit, store: store, wishes: wishes.wishes, creating: create)
            : try StoreSetup.plan(permit: permit, store: store, wishes: wishes.wishes)
        for step in steps { show(step, session.output) }
        if !session.output.json, !session.output.quiet {
            if steps.isEmpty { session.output.line("Nothing is to be changed, of what can be asked and changed here.") }
            if !steps.isEmpty, !apply { session.output.line("Nothing was changed. To do it, add --apply.") }
        }
        return steps.contains { $0.problem != nil } ? .partial : .done
    }

    private func show(_ step: StoreSetup.Step, _ output: Output) {
        if output.json {
            output.record("store-change") { object in
                object.set("topic", step.topic)
                object.set("change", step.words)
                object.set("request", step.request)
                object.set("done", step.isDone)
                object.set("problem", step.problem?.message)
            }
            return
        }
        let mark = step.problem != nil ? "FAILED  " : step.isDone ? "done    " : "plan    "
        output.line("\(mark)\(step.topic): \(step.words)")
        if !apply || output.verbose { output.line("        \(step.request)") }
        if let problem = step.problem {
            output.line("        \(problem.message)")
            output.line("        \(problem.advice)")
        }
    }
}
