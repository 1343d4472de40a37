import Identity
import Operations
import Primitives
import Strategy

/// Components instead of a snapshot.
extension RestoreCommand {
    var takesComponents: Bool { !component.isEmpty || allComponents }

    func restoreComponents(_ session: Session, to target: String) throws -> Outcome {
        guard component.isEmpty || !allComponents else {
            throw Failure(
                .usage, "Both --component and --all-components were given.", advice: "Name components, or take all.")
        }
        let request = try moment.request(component)
        let permits = try session.permits(RestoreAction.self, in: repositoryOptions)
        let opened = try session.reading(repositoryOptions, keys, for: "Restoring", by: RestoreAction.self)
        let choice = try ChosenComponents(request, in: opened)
        guard let first = choice.members.first else { throw missing(choice) }
        tell(choice, session.output)
        let path = try session.text(try session.absolute(target))
        // What would be the snapshot is a path here.
        let template = try options(
            RestoreOptions(snapshot: first.snapshot, target: path), selecting: [snapshot].compactMap { $0 } + selection,
            session)
        let observer = ProgressObserver(doing: "restore", session)
        defer { observer.finish() }
        let parts = try RestoreComponents.run(
            permit: permits, opened: opened, choice: choice,
            intoFolders: allComponents || component.count > 1, template: template, observer: observer)
        observer.finish()
        let isPartial = choice.isPartial || parts.contains { $0.summary.isPartial }
        show(parts, choice, isPartial, session.output)
        return isPartial ? .partial : .done
    }

    private func show(
        _ parts: [RestoreComponents.Part], _ choice: ChosenComponents, _ isPartial: Bool, _ output: Output
    ) {
        for part in parts where !output.json && !output.quiet {
            output.line("\(part.component.name):")
            output.lines(part.summary.lines(of: part.component.summary, to: part.target, dryRun: dryRun))
        }
        guard output.json else { return }
        for part in parts { output.record("restored-component") { part.fill(&$0) } }
        output.record("summary") { object in
            object.set("operation", "restore-components")
            object.set("outcome", isPartial ? "partial" : "complete")
            object.set("dry_run", dryRun)
            object.set("timestamp", choice.stamp.description)
            object.set("set", choice.isSet)
            object.set("missing", choice.missing)
            object.set("problems", parts.reduce(0) { $0 + $1.summary.problemCount })
            object.set("elapsed_seconds", seconds: parts.reduce(0) { $0 + $1.summary.seconds })
        }
    }

    private func tell(_ choice: ChosenComponents, _ output: Output) {
        for name in choice.missing { output.warning("There is no snapshot of the component '\(name)' to restore.") }
        for member in choice.members where !member.isComplete {
            output.warning(
                "The snapshot of '\(member.name)' is partial: \(member.details.problems) of its entries were left out or are not whole."
            )
        }
    }

    private func missing(_ choice: ChosenComponents) -> Failure {
        Failure(
            .snapshotMissing,
            "There is no snapshot of \(choice.missing.map { "'\($0)'" }.joined(separator: ", ")) of that moment.",
            advice: "'safehold snapshots' lists what there is, with a key also the components.")
    }
}

extension RestoreComponents.Part {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("component", component.name)
        object.set("kind", component.folder.kind?.rawValue)
        object.set("snapshot", component.summary.id.hex)
        object.set("time", component.summary.time)
        object.set("outcome", component.isComplete && !summary.isPartial ? "complete" : "partial")
        object.set("target", path: Array(target.utf8))
        summary.fill(&object)
    }
}
