import Identity
import Operations
import Primitives

extension ForgetCommand {
    func forgetLost(_ lost: String, _ session: Session) throws -> Outcome {
        guard ruleOptions.isEmpty, strategy == nil, snapshot.isEmpty, confirm == nil else {
            throw Failure(
                .usage, "--lost gives up one number and goes with no rule.",
                advice: "Give --lost alone, or with --dry-run.")
        }
        if fourEyes.request {
            let permit = try session.permit(ForgetAction.self, in: repositoryOptions)
            let repository = try session.repository(repositoryOptions)
            let summary = try ForgetLost.plan(
                permit: try session.permit(InspectAction.self, in: repositoryOptions), repository: repository,
                named: lost)
            return try fourEyes.ask(
                for: summary.grave(repository).at(try session.location(repositoryOptions)), permit, session)
        }
        let summary =
            dryRun
            ? try ForgetLost.plan(
                permit: try session.permit(InspectAction.self, in: repositoryOptions),
                repository: try session.repository(repositoryOptions),
                named: lost)
            : try ForgetLost.run(
                permit: try session.permit(ForgetAction.self, in: repositoryOptions),
                authority: try session.authority(repositoryOptions, keys),
                named: lost, leave: try fourEyes.leave(session))
        if session.output.json {
            records(summary, session.output)
        } else if !session.output.quiet {
            let what = "snapshot \(summary.sequence) of \(summary.writerHost), \(Text.short(summary.id)), which is lost"
            session.output.line(
                dryRun ? "Would drop \(what)." : "Dropped \(what). 'safehold collect' works again and frees the space.")
        }
        return .done
    }

    private func records(_ summary: ForgetLost.Summary, _ output: Output) {
        output.record("retention") { object in
            object.set("id", summary.id.hex)
            if let time = summary.time { object.set("time", time) }
            object.set("writer", summary.writer.hex)
            object.set("writer_host", summary.writerHost)
            object.set("sequence", summary.sequence)
            object.set("kept", false)
            object.set("reasons", [String]())
        }
        output.record("summary") { object in
            object.set("operation", "forget")
            object.set("outcome", "complete")
            object.set("dry_run", dryRun)
            object.set("kept", UInt64(0))
            object.set("dropped", UInt64(1))
            object.set("plan", summary.plan.hex)
            object.set("needs_confirmation", false)
        }
    }
}
