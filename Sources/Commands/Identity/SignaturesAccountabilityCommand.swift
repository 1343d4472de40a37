import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct SignaturesAccountabilityCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "accountability",
        abstract: "Sign, once and before anything else, that you are accountable for what you sign.",
        discussion: """
            The statement (21 CFR 11.10(j), 11.100(c)) is written to the file and shown, and your signature beside it. Until then nothing
            else is signed by you.

              safehold signatures accountability --output carla.txt
              safehold signatures verify carla.txt --authority authority.pub
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where the statement goes; the signature goes to FILE.signature.", valueName: "file"),
        completion: .file())
    var output: String

    @OptionGroup var signer: SignerOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw LoginCommand.unfounded }
        // Whatever somebody is limited to, he answers for his own signature.
        let permit = try session.permit(SignAction.self, on: .anything)
        let path = try session.text(try session.absolute(output))
        for file in [path, path + ".signature"] { try Signing.requireRoom(file) }
        let draft = try Signing.accountability(
            file: path, zone: signer.zone, keeping: keeping, clock: session.surroundings.clock)
        let signature = try signer.sign(draft, permit, session)
        try NamedFile.create(path, AccountabilityStatement.text, mode: 0o644)
        try Signing.save(signature, to: path + ".signature")
        signature.show(session.output, more: ["Signature: \(path).signature"])
        return .done
    }
}

struct SignaturesReconcileCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare the host's signatures, and who was put out, with its audit log.",
        discussion: """
            After the host's state was restored from a copy, and now and then: a signature that the log has and the host does not know,
            or the other way round, and somebody who was put out and is there again, are found. It changes nothing.

              safehold signatures reconcile
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let report = try Reconciliation.run(
            permit: try session.permit(AuditAction.self), AuditBook(session.auditPlace),
            keeping: session.surroundings.identity)
        for finding in report.findings { session.output.found(finding) }
        if session.output.json {
            session.output.record("summary") { object in
                object.set("operation", "signatures-reconcile")
                object.set("outcome", report.findings.isEmpty ? "complete" : "damaged")
                object.set("signatures", report.signatures)
                object.set("findings", UInt64(report.findings.count))
            }
        } else if !session.output.quiet {
            session.output.line(
                "\(Text.counted(report.signatures, "signature", "signatures")), \(Text.counted(UInt64(report.findings.count), "finding", "findings"))."
            )
        }
        return report.findings.isEmpty ? .done : .damaged
    }
}
