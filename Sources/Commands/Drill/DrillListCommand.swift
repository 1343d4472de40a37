import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct DrillListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tests that were held on this host, oldest first.",
        discussion: """
              safehold drill list
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(InspectAction.self)
        let book = EvidenceBook(session.surroundings.hostState)
        var damaged = false
        var table = Table(["test", "kind", "component", "store", "snapshot", "verdict"].map { ($0, .left) })
        let ids = try book.ids()
        for id in ids {
            do {
                let record = try book.read(id)
                if session.output.json {
                    session.output.record("evidence") { record.fill(&$0) }
                } else {
                    table.add([
                        record.id, record.text("kind"), record.text("backup.component"), record.text("copy.store"),
                        String(record.text("backup.snapshot").prefix(16)), record.verdict,
                    ])
                }
            } catch let failure as Failure where failure.code == .evidenceIncomplete {
                damaged = true
                session.output.found(failure)
            }
        }
        if !session.output.json { session.output.lines(ids.isEmpty ? ["No test was held yet."] : table.lines) }
        return damaged ? .damaged : .done
    }
}

struct DrillShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the record of a test, as it is kept and signed.",
        discussion: """
            The record is a JSON file; 'safehold sign FILE --meaning review' signs it, which whoever held the test and whoever the data belongs to do.

              safehold drill show 20261128T021500123Z-documentation-5f0c2c9e
            """)

    @Argument(help: ArgumentHelp("As 'safehold drill list' has it, or its beginning.", valueName: "test"))
    var test: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(InspectAction.self)
        let book = EvidenceBook(session.surroundings.hostState)
        let record = try book.record(test)
        if session.output.json {
            session.output.record("evidence") { record.fill(&$0) }
        } else {
            session.output.lines(
                record.summaryLines + ["", "File: \(book.file(of: record.id))", "SHA-256: \(record.digest.hex)"])
            session.output.lines(record.memberLines)
        }
        return .done
    }
}

struct DrillVerifyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that the records of tests are complete, and those that the audit log has.",
        discussion: """
              safehold drill verify
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let report = try EvidenceVerification.run(
            permit: try session.permit(AuditAction.self),
            AuditBook(session.auditPlace), evidence: EvidenceBook(session.surroundings.hostState))
        for finding in report.findings { session.output.found(finding) }
        if session.output.json {
            session.output.record("summary") { object in
                object.set("operation", "drill-verify")
                object.set("outcome", report.findings.isEmpty ? "complete" : "damaged")
                object.set("records", report.records)
                object.set("findings", UInt64(report.findings.count))
            }
        } else if !session.output.quiet {
            session.output.line(
                report.findings.isEmpty
                    ? "\(Text.counted(report.records, "record is complete", "records are complete")), and as the audit log has them."
                    : "\(Text.counted(UInt64(report.findings.count), "finding", "findings")) in \(Text.counted(report.records, "record", "records"))."
            )
        }
        return report.findings.isEmpty ? .done : .damaged
    }
}
