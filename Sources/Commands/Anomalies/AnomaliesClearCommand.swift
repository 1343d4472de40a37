import ArgumentParser
import Audit
import Catalog
import Identity
import Operations
import Primitives

struct AnomaliesClearCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Say that somebody has looked at the alarms of a component, and that all is well.",
        discussion: """
            Retention goes on, what was seen counts as usual from now on, and the incident ends. It is written into this host's catalog, with
            the reason. With a key, alarms of other hosts are cleared as well: say it wherever snapshots are dropped.

              safehold anomalies clear documentation --reason 'the archive of 2025 was encrypted by us'
            """)

    @Argument(help: ArgumentHelp("Whose alarms.", valueName: "component"))
    var component: String

    @Option(name: .long, help: ArgumentHelp("What was looked at, and why it is well.", valueName: "text"))
    var reason: String

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= ReasonOptions.longest else {
            throw ValidationError("--reason takes a text of 1 to \(ReasonOptions.longest) bytes.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(ForgetAction.self, on: Target(component: component))
        let found = try AnomalyReading.report(session, repositoryOptions, keys, component)?.findings ?? []
        let report = try ClearAnomalies.run(
            permit: permit, state: session.surroundings.hostState, component: component, found: found, reason: reason,
            clock: session.surroundings.clock)
        session.record?.note(report.cleared.map { ActObject(.snapshot, $0.snapshot) })
        let output = session.output
        if output.json {
            for entry in report.cleared { output.record("alarm-cleared") { entry.fillCleared(&$0) } }
        } else if !output.quiet {
            let count = Text.counted(UInt64(report.cleared.count), "alarm", "alarms")
            output.line("Cleared \(count) of '\(Text.printable(Array(component.utf8)))': retention goes on.")
        }
        return .done
    }
}

extension AnomalyEntry {
    fileprivate func fillCleared(_ object: inout JSONObject) {
        object.set("component", component)
        object.set("snapshot", snapshot)
        guard let cleared else { return }
        object.set("time", cleared.time)
        object.set("by", cleared.by)
        object.set("reason", cleared.reason)
    }
}
