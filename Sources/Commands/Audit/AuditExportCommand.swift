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
            """)

    @Option(
        name: .long, help: ArgumentHelp("A directory that is not there yet, or is empty.", valueName: "dir"),
        completion: .directory)
    var to: String

    @OptionGroup var choice: AuditSearchOptions
    @OptionGroup var source: AuditLogOptions
    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? {
        session.act("audit-export", .view, on: [session.object(.target, at: to)])
    }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        let folder = try session.text(try session.absolute(to))
        let book = try source.book(session)
        let export = try AuditExport(to: folder)
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
