import ArgumentParser
import Identity
import Operations
import Primitives

struct DoctorCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what could keep backups from working.",
        discussion: """
            This host's state and identity, the repository's directory, free space, the clock, leftovers of interrupted runs, the
            chains of snapshots, and whether the repository is older than this host has seen it. Needs no key. What is stored is
            checked by 'safehold verify'.

              safehold doctor
              safehold doctor --clean
              safehold doctor --accept-rollback      after you restored the repository itself from a copy
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(name: .long, help: "Remove unfinished objects that belong to no running backup.")
    var clean = false

    @Flag(name: .long, help: "Go on from the repository's state although this host has seen a newer one.")
    var acceptRollback = false

    func run(_ session: Session) throws -> Outcome {
        if acceptRollback { try acceptState(session) }
        let named = repositoryOptions.repository ?? session.surroundings.repository
        let location = named == nil ? nil : try session.location(repositoryOptions)
        let findings = Doctor.run(
            permit: try session.permit(InspectAction.self, on: location.map { Target(store: $0) } ?? .anything),
            surroundings: session.surroundings, location: location, cleaning: clean)
        for finding in findings { show(finding, session.output) }
        let trouble = session.record?.trouble
        if let trouble { session.output.found(trouble) }
        if let failure = findings.compactMap(\.failure).first ?? trouble { return .failed(failure.code.class) }
        return .done
    }

    private func acceptState(_ session: Session) throws {
        let sequence = try AcceptRollback.run(
            permit: try session.permit(InspectAction.self, in: repositoryOptions),
            repository: try session.repository(repositoryOptions),
            host: session.surroundings.hostState)
        if !session.output.json {
            session.output.line("Accepted: the newest snapshot of this host is number \(sequence).")
        }
    }

    private func show(_ finding: Doctor.Finding, _ output: Output) {
        if output.json {
            guard finding.severity != .fine else { return }
            output.record("finding") { object in
                object.set("severity", finding.severity.rawValue)
                object.set("code", finding.failure?.code.rawValue)
                object.set("message", finding.message)
                object.set("advice", finding.advice)
            }
        } else {
            if output.quiet, finding.severity == .fine { return }
            let mark =
                switch finding.severity {
                case .fine: "ok      "
                case .note: "note    "
                case .warning: "WARNING "
                case .damage: "DAMAGE  "
                }
            output.line(mark + finding.message)
            if !finding.advice.isEmpty { output.line("        " + finding.advice) }
        }
    }
}
