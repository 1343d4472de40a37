import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import TransparencyLog

struct AuditExportCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Copy the log for an inspector: to be read, to be searched, and to be verified without us.",
        discussion: """
            Makes a directory with the acts for people (acts.txt) and for programs (acts.jsonl), every entry as it is in the log
            (entries.jsonl), the log itself with its signed checkpoint (log/), and whose signatures it has to bear (policy, log.vkey). With
            options of a search, acts.txt and acts.jsonl have what matches; the log is always whole.

              safehold audit export --to /mnt/auditor/2026
              safehold audit export --to /mnt/auditor/anna --person anna --since 2026-01-01
              safehold audit verify --log /mnt/auditor/2026/log --policy /mnt/auditor/2026/policy

            With --repository, the log of a host that is gone, from what a repository keeps of it; that takes a key which opens backups.
            Without --policy the keys are believed that lie there, for which nothing vouches.

              safehold audit export --repository /mnt/backup/safehold --to /mnt/auditor/ward-7 --policy /mnt/auditor/ward-7.policy
            """)

    @Option(
        name: .long, help: ArgumentHelp("A directory that is not there yet, or is empty.", valueName: "dir"),
        completion: .directory)
    var to: String

    @OptionGroup var choice: AuditSearchOptions
    @OptionGroup var source: AuditLogOptions

    @Option(
        name: .shortAndLong, help: ArgumentHelp("From what this repository keeps of a log.", valueName: "dir"),
        completion: .directory)
    var repository: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Which log of the repository: what its name ends with. Default: the only one.", valueName: "id"))
    var id: String?

    @OptionGroup var keyOptions: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard repository == nil || source.log == nil else {
            throw ValidationError("--repository and --log do not go together.")
        }
        guard id == nil || repository != nil else { throw ValidationError("--id takes --repository.") }
    }

    func act(_ session: Session) -> Audit.Act? {
        session.act(
            "audit-export", .view,
            on: [
                session.object(.repository, at: repository), id.map { ActObject(.log, given: $0) },
                session.object(.target, at: to),
            ])
    }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        let folder = try session.text(try session.absolute(to))
        let own = try repository == nil ? source.book(session) : nil
        let export = try AuditExport(to: folder)
        let book = try own ?? rebuilt(in: export, session)
        let acts = try book.find(choice.search)
        try export.write(acts, of: book)
        try export.write(book)
        if session.output.json {
            session.output.record("summary") { object in
                object.set("operation", "audit-export")
                object.set("outcome", "complete")
                object.set("target", path: Array(folder.utf8))
                object.set("log", book.reader.checkpoint.origin.description)
                object.set("entries", book.tree.size)
                object.set("root", book.tree.root.hex)
                object.set("acts", UInt64(acts.count))
            }
        } else if !session.output.quiet {
            session.output.line(
                "\(Text.counted(UInt64(acts.count), "act", "acts")) and the log of \(Text.counted(book.tree.size, "entry", "entries")) are in \(folder)."
            )
        }
        return .done
    }
}

extension AuditExportCommand {
    /// The log as a repository keeps it, put together in the export.
    private func rebuilt(in export: AuditExport, _ session: Session) throws -> AuditBook {
        var options = RepositoryOptions()
        options.repository = self.repository
        let (repository, opener) = try session.unlocked(options, keyOptions, for: "read the entries of an audit log")
        let log = try id ?? only(try AuditCopies.logs(in: repository), in: repository)
        let policy = try policy(of: log, in: repository, session)
        let storage = try LogFolder(export.log, for: .writing)
        let rebuilt = try AuditCopies.rebuild(log, by: policy, from: repository, opener: opener, into: storage)
        try storage.remove(["lock"])
        if rebuilt.newest > rebuilt.tree.size {
            session.output.warning(
                "The repository has a checkpoint over \(Text.counted(rebuilt.newest, "entry", "entries")), and of these the first \(Text.count(rebuilt.tree.size)): the others are missing."
            )
        }
        return try AuditBook(exported: export.log, policy: policy)
    }

    private func only(_ logs: [String], in repository: OpenRepository) throws -> String {
        guard let log = logs.first, logs.count == 1 else {
            throw Failure(
                logs.isEmpty ? .auditMissing : .usage,
                logs.isEmpty
                    ? "The repository keeps no audit log."
                    : "The repository keeps several audit logs: \(logs.joined(separator: ", ")).",
                advice: logs.isEmpty
                    ? "'safehold audit publish' on the log's host puts it there, and the daemon does."
                    : "Name one with --id.")
        }
        return log
    }

    private func policy(of log: String, in repository: OpenRepository, _ session: Session) throws -> TrustPolicy {
        if let file = source.policy { return try session.trustPolicy(file) }
        guard let policy = try AuditCopies.policy(of: log, in: repository) else {
            throw Failure(
                .auditMissing, "The repository does not say whose signatures the audit log \(log) bears.",
                advice: "Give the policy that was kept of this log with --policy.")
        }
        session.output.warning(
            "The log is believed by the keys that lie in the repository: compare 'log.vkey' with what was given to you before."
        )
        return policy
    }
}

extension AuditExport {
    /// The acts for people and for programs, side by side: each is read once.
    fileprivate func write(_ acts: FoundActs, of book: AuditBook) throws {
        try write("acts.txt") { text in
            try text("Audit log \(book.reader.checkpoint.origin)")
            try text("\(book.tree.size) entries, root \(book.tree.root.hex); all times are UTC")
            try text("")
            try write("acts.jsonl") { json in
                try book.forEach(acts) { act in
                    for line in act.lines { try text(line) }
                    try text("")
                    var object = JSONObject()
                    object.set("schema", UInt64(1))
                    object.set("type", "audit-act")
                    act.fill(&object)
                    try json(object.value.encoded)
                }
            }
        }
    }
}
