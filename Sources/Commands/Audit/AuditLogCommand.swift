import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct AuditLogCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Show what was done last.",
        discussion: """
            Each line is an act: what was begun, by whom, on what, and how it ended. 'open' is what is under way, or whose end nobody has
            written down yet.

              safehold audit log
              safehold audit log --limit 500 --json
            """)

    @Option(name: .long, help: ArgumentHelp("The newest so many.", valueName: "n"))
    var limit = 20

    @OptionGroup var source: AuditLogOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit needs a number above 0.") }
    }

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        try source.book(session).show(AuditSearch(), limit: limit, session.output)
        return .done
    }
}

extension AuditBook {
    /// Of which a table is laid out at once: a longer one has its heading again.
    private static var mostRows: Int { 1000 }

    func show(_ search: AuditSearch, limit: Int, _ output: Output) throws {
        let found = try find(search, limit: limit)
        if found.unread > 0 {
            output.warning(
                "\(Text.counted(found.unread, "entry is", "entries are")) of a newer version and not shown; 'safehold audit show' prints them as they are."
            )
        }
        if output.json {
            return try forEach(found) { act in output.record("audit-act") { act.fill(&$0) } }
        }
        guard found.count > 0 else { return output.line("Nothing.") }
        var rows: [AuditedAct] = []
        try forEach(found) { act in
            rows.append(act)
            guard rows.count == Self.mostRows else { return }
            output.lines(AuditTable.lines(rows))
            rows = []
        }
        if !rows.isEmpty { output.lines(AuditTable.lines(rows)) }
    }
}

struct AuditShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one entry, the act it belongs to, and its bytes.",
        discussion: """
              safehold audit show 4711
            """)

    @Argument(
        help: ArgumentHelp(
            "As 'safehold audit log' numbers them; the number of an outcome does, too.", valueName: "entry"))
    var number: UInt64

    @OptionGroup var source: AuditLogOptions
    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        let book = try source.book(session)
        let bytes = try book.entry(number)
        let (act, output) = (try book.act(number), session.output)
        if output.json {
            if let act { output.record("audit-act") { act.fill(&$0) } }
            output.record("audit-entry") { object in
                object.set("entry", number)
                object.set("content", String(decoding: bytes, as: UTF8.self))
            }
            return .done
        }
        output.lines(act?.lines ?? ["Entry \(number) is of a newer version."])
        output.line("As it is in the log:")
        output.line(Text.printable(bytes))
        return .done
    }
}

struct AuditSearchCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Look for what was done: by whom, on what, when, with which outcome.",
        discussion: """
            Everything that is given has to hold. --act takes a word, or the first part of one: 'keys' is all that was done to keys.
            --outcome takes ok, partial, damaged, absent, refused, failed, interrupted, open, or an error's code.

              safehold audit search --person anna --since 2026-11-01
              safehold audit search --act forget --outcome refused
              safehold audit search --component database --text 1f3a9c20
              safehold audit search --act keys --log /mnt/auditor/2026/log --policy /mnt/auditor/policy
            """)

    @OptionGroup var choice: AuditSearchOptions

    @Option(name: .long, help: ArgumentHelp("The newest so many. Default: all.", valueName: "n"))
    var limit: Int?

    @OptionGroup var source: AuditLogOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard limit.map({ $0 > 0 }) ?? true else { throw ValidationError("--limit needs a number above 0.") }
    }

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        try source.book(session).show(choice.search, limit: limit ?? .max, session.output)
        return .done
    }
}
