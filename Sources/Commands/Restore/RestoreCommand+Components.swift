import Operations
import Primitives
import Strategy

/// Components instead of a snapshot.
extension RestoreCommand {
    var takesComponents: Bool { !component.isEmpty || allComponents }

    func restoreComponents(_ session: Session) throws -> Outcome {
        guard component.isEmpty || !allComponents else {
            throw Failure(
                .usage, "Both --component and --all-components were given.", advice: "Name components, or take all.")
        }
        let request = try moment.request(component)
        let opened = try session.reading(repositoryOptions, keys, for: "Restoring")
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
            permit: { try session.permit(RestoreAction.self) }, opened: opened, choice: choice,
            intoFolders: allComponents || component.count > 1, template: template, observer: observer)
        observer.finish()
        for part in parts { show(part.summary, part.component.summary, part.target, part.component, session.output) }
        return choice.isPartial || parts.contains { $0.summary.isPartial } ? .partial : .done
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
