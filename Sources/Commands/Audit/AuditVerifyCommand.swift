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
            keeps ('audit publish'), and --witness demands that a witness signed one of them. With --log, a log in a folder, such as an export;
            that takes --policy. Takes no key, but with --entries, and changes nothing.

              safehold audit verify
              safehold audit verify --against /mnt/auditor/checkpoint --policy /mnt/auditor/policy
              safehold audit verify --repository /mnt/backup/safehold --witness second-site.vkeys
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

    @Option(
        name: .long,
        help: ArgumentHelp("Public keys of a witness that has to have signed; repeatable.", valueName: "file"),
        completion: .file())
    var witness: [String] = []

    @Flag(name: .long, help: "Open the entries in the repositories and verify them, too; takes a key.")
    var entries = false

    @OptionGroup var keyOptions: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard !entries || !repository.isEmpty else { throw ValidationError("--entries takes --repository.") }
    }

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
                of: book.id, in: try session.surroundings.repository(at: try session.place(place))
            ).map(\.named)
        }
        var report = try book.verify(against: kept, witnesses: witness.map(session.witnessKeys))
        if entries { for place in repository { try verifyEntries(at: place, book, &report, session) } }
        for finding in report.findings { output.found(finding) }
        if output.json {
            output.record("summary") { report.fill(&$0) }
        } else if !output.quiet {
            output.lines(report.lines)
        }
        return report.findings.isEmpty ? .done : .damaged
    }
}

extension AuditVerifyCommand {
    /// What a repository keeps of the log, opened and held against the checkpoint that lies beside it.
    private func verifyEntries(
        at place: String, _ book: AuditBook, _ report: inout AuditReport, _ session: Session
    ) throws {
        var options = RepositoryOptions()
        options.repository = place
        let (repository, opener) = try session.unlocked(options, keyOptions, for: "read the entries of an audit log")
        do {
            let rebuilt = try AuditCopies.rebuild(
                book.id, by: book.policy, from: repository, opener: opener, into: nil)
            report.copied = min(report.copied ?? .max, rebuilt.tree.size)
        } catch let failure as Failure where [.integrity, .missing].contains(failure.code.class) {
            report.findings.append(failure)
        }
    }
}

extension Session {
    /// A line for each key of one witness, as 'audit witness key' prints them. All of them have to sign.
    fileprivate func witnessKeys(_ file: String) throws -> [VerifierKey] {
        let path = try text(try absolute(file))
        let lines = try NamedFile.read(path, .usage).split(separator: 0x0A).map { Array($0) }
        let keys = lines.compactMap { try? VerifierKey(parsing: $0) }
        guard !keys.isEmpty, keys.count == lines.count, keys.allSatisfy({ $0.kind.isTimed }),
            Set(keys.map(\.name)).count == 1
        else {
            throw Failure(
                .usage, "\(path) has not the public keys of one witness.",
                advice: "Give what 'safehold audit witness key' prints on the witness's host.")
        }
        return keys
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
        object.set("copied_entries", copied)
        // What all of them vouch for.
        if let least = witnessed.min(by: { $0.size < $1.size }) {
            object.set("witnessed_entries", least.size)
            object.set("witnessed_time", least.time)
        }
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
        lines += witnessed.map {
            "  the first \(Text.counted($0.size, "entry", "entries")) witnessed by \($0.witness) on \(Text.time($0.time))"
        }
        if let copied { lines.append("  \(Text.counted(copied, "entry", "entries")) kept in repositories as well") }
        if compared > 0 {
            lines.append(
                "  goes on from \(Text.counted(compared, "checkpoint that was kept", "checkpoints that were kept"))")
        }
        return lines + ["The log is whole."]
    }
}
