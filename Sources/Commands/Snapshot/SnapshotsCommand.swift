import ArgumentParser
import Identity
import Operations
import Primitives

struct SnapshotsCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "snapshots",
        abstract: "List the snapshots, oldest first.",
        discussion: """
            Without a key: what anybody sees who can read the repository, which is when, by which host, and nothing of what. With a
            key also what was saved. Nobody is asked for a passphrase; pass the key, or set SAFEHOLD_PASSPHRASE_FILE.

              safehold snapshots
              safehold snapshots --passphrase-file pass --component database --json
              safehold snapshots --passphrase-file pass --tag wal

            Archived write-ahead log is listed where a component or a tag is asked for.
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Option(name: .long, help: ArgumentHelp("Only this component's; needs a key.", valueName: "name"))
    var component: String?

    @Option(name: .long, help: ArgumentHelp("Only those with this tag; needs a key.", valueName: "word"))
    var tag: String?

    func run(_ session: Session) throws -> Outcome {
        let output = session.output
        let repository = try session.repository(repositoryOptions)
        let source = try keys.source(session.surroundings, asking: component != nil || tag != nil)
        var opener = try source.map { try repository.unlock($0, terminal: session.surroundings.terminal) }
        // A maintainer sees what anybody may.
        if opener?.isMaintainers == true {
            if component != nil || tag != nil { try opener?.requireContent() }
            opener = nil
        }
        if opener == nil, component != nil || tag != nil { throw KeySource.missing("Choosing by component or tag") }
        var list = try Snapshots.list(
            permit: try session.permit(
                InspectAction.self, on: Target(component: component, store: try session.location(repositoryOptions))),
            repository: repository, opener: opener)
        list.snapshots.removeAll { snapshot in
            if let component, snapshot.details?.component != component { return true }
            if let tag, snapshot.details?.tags.contains(tag) != true { return true }
            return component == nil && tag == nil && snapshot.isLog
        }
        for problem in list.problems { output.found(problem) }
        if output.json {
            for snapshot in list.snapshots { output.record("snapshot") { snapshot.fill(&$0) } }
        } else {
            output.lines(SnapshotTable.lines(list.snapshots))
            if opener == nil, !output.quiet, !list.snapshots.isEmpty {
                output.message(
                    "What was saved is shown with a key: --passphrase-file FILE or SAFEHOLD_PASSPHRASE_FILE.")
            }
        }
        return list.problems.isEmpty ? .done : .damaged
    }
}

enum SnapshotTable {
    static func lines(_ snapshots: [SnapshotSummary]) -> [String] {
        if snapshots.isEmpty { return ["No snapshots."] }
        let hasDetails = snapshots.contains { $0.details != nil }
        var columns: [(String, Table.Alignment)] = [
            ("snapshot", .left), ("time (UTC)", .left), ("host", .left), ("writer/number", .left), ("mode", .left),
        ]
        if hasDetails { columns += [("files", .right), ("size", .right), ("stored", .right), ("paths", .left)] }
        var table = Table(columns.map { (heading: $0.0, alignment: $0.1) })
        for snapshot in snapshots {
            var row = [
                Text.short(snapshot.id), Text.time(snapshot.time), snapshot.details?.host ?? snapshot.writerHost,
                "\(snapshot.writer.hex.prefix(8))/\(snapshot.sequence)", snapshot.isFull ? "full" : "incr",
            ]
            if hasDetails { row += details(snapshot.details) }
            table.add(row)
        }
        return table.lines
    }

    private static func details(_ details: SnapshotDetails?) -> [String] {
        guard let details else { return ["", "", "", "(not for this key)"] }
        var paths = details.paths.map(Text.printable).joined(separator: " ")
        // What tags tell of archived log is for programs.
        let tags = details.isLog ? details.tags.filter { !$0.hasPrefix("wal=") } : details.tags
        if !tags.isEmpty { paths += "  [" + tags.joined(separator: ", ") + "]" }
        if details.problems > 0 { paths += "  (partial: \(Text.count(details.problems)))" }
        return [Text.count(details.files), Text.size(details.contentBytes), Text.size(details.storedBytes), paths]
    }
}

extension SnapshotSummary {
    func fill(_ object: inout JSONObject) {
        object.set("id", id.hex)
        object.set("time", time)
        object.set("writer", writer.hex)
        object.set("writer_host", writerHost)
        object.set("sequence", sequence)
        object.set("domain", domain.hex)
        object.set("epoch", UInt64(epoch))
        object.set("mode", isFull ? "full" : "incremental")
        object.set("software", software)
        guard let details else { return }
        object.set("component", details.component)
        object.set("host", details.host)
        object.set("user", details.user)
        object.set("paths", .list(details.paths.map { .text(String(decoding: $0, as: UTF8.self)) }))
        object.set("tags", details.tags)
        object.set("excludes", details.exclusions)
        object.set("files", details.files)
        object.set("directories", details.directories)
        object.set("others", details.others)
        object.set("bytes", details.contentBytes)
        object.set("bytes_stored", details.storedBytes)
        object.set("files_unread", details.filesTakenOver)
        object.set("problems", details.problems)
        object.set("began", details.began)
        object.set("ended", details.ended)
    }
}
