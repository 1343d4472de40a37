import ArgumentParser
import Audit
import Operations
import Primitives
import TransparencyLog

struct AuditVerifyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that the log is whole and goes on from what is remembered of it.",
        discussion: """
            Hashes every entry anew, compares every tile and the root with the signed checkpoint, and the whole with what this host
            remembers. With --against, a checkpoint that was kept elsewhere has to be part of the log's past: without one nobody can tell
            an older state, put back with all that this host remembers, from the log. --repository compares with those that a repository
            keeps ('audit publish'). With --log, a log in a folder, such as an export;
            that takes --policy. Takes no key and changes nothing.

              safehold audit verify
              safehold audit verify --against /mnt/auditor/checkpoint --policy /mnt/auditor/policy
              safehold audit verify --log /mnt/auditor/2026/log --policy /mnt/auditor/policy
            """)

    @Option(
        name: .long, help: ArgumentHelp("A checkpoint that was kept; repeatable.", valueName: "file"),
        completion: .file())
    var against: [String] = []

    @OptionGroup var source: AuditLogOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Compare with the checkpoints in this repository; repeatable.", valueName: "dir"),
        completion: .directory)
    var repository: [String] = []

    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        let output = session.output
        var kept = try against.map { file in
            let path = try session.text(try session.absolute(file))
            return (name: path, bytes: try NamedFile.read(path, .usage))
        }
        let book = try source.book(session)
        for place in repository {
            kept += try AuditCopies.newest(
                of: book.id, in: try session.surroundings.repository(at: try session.place(place)))
        }
        let report = try book.verify(against: kept)
        for finding in report.findings { output.found(finding) }
        if output.json {
            output.record("summary") { report.fill(&$0) }
        } else if !output.quiet {
            output.lines(report.lines)
        }
        return report.findings.isEmpty ? .done : .damaged
    }
}

extension AuditReport {
    func fill(_ object: inout JSONObject) {
        object.set("operation", "audit-verify")
        object.set("outcome", findings.isEmpty ? "complete" : "damaged")
        object.set("log", origin)
        object.set("entries", tree.size)
        object.set("root", tree.root.hex)
        object.set("acts", acts)
        object.set("open", open)
        object.set("unread", unread)
        object.set("witnesses", witnesses)
        object.set("compared", compared)
        object.set("findings", UInt64(findings.count))
    }

    var lines: [String] {
        guard findings.isEmpty else {
            return ["\(Text.counted(UInt64(findings.count), "finding", "findings")): the log is not to be relied on."]
        }
        var lines = [
            "\(origin)",
            "  \(Text.counted(tree.size, "entry", "entries")), \(Text.counted(acts, "act", "acts")), \(Text.count(open)) of them open; root \(tree.root.hex)",
        ]
        if unread > 0 { lines.append("  \(Text.counted(unread, "entry is", "entries are")) of a newer version") }
        if !witnesses.isEmpty { lines.append("  witnessed by " + witnesses.joined(separator: ", ")) }
        if compared > 0 {
            lines.append(
                "  goes on from \(Text.counted(compared, "checkpoint that was kept", "checkpoints that were kept"))")
        }
        return lines + ["The log is whole."]
    }
}
