import ArgumentParser
import Identity
import Operations
import Primitives

struct EmergencyScopeCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "scope",
        abstract: "Name the damaged files of a component, and the last version of each that is not.",
        discussion: """
            Looked for in the newest snapshot, and from there backwards: content that cannot be read from the repository, content that is not what
            its type promises and once was (png, jpeg, pdf, zip and office documents, tar, json, sqlite, text), pages of PostgreSQL in base backups
            without their checksums, and content that became another while the file's time and size stayed. Exit status 11 when something is damaged.

              safehold emergency scope documentation
              safehold emergency scope documentation --json
            """)

    @Argument(help: "The component.")
    var component: String

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let place = try session.location(repositoryOptions)
        let opened = try session.reading(
            repositoryOptions, keys, for: "Looking for damage", by: VerifyAction.self)
        let terminal = session.surroundings.terminal
        let scope = try CorruptionScope.find(
            permit: try session.permit(VerifyAction.self, on: Target(component: component, store: place)), in: opened,
            component: component, pages: session.surroundings.checkPages, isCancelled: { terminal.isInterrupted() })
        let output = session.output
        if output.json {
            for finding in scope.findings { output.record("corruption") { finding.fill(&$0) } }
            output.record("summary") { object in
                object.set("operation", "emergency-scope")
                object.set("outcome", scope.findings.isEmpty ? "complete" : "damaged")
                object.set("component", component)
                object.set("snapshots", scope.snapshots)
                object.set("checked", scope.checked)
                object.set("unchecked", scope.unchecked)
                object.set("never_valid", UInt64(scope.neverValid.count))
                object.set("findings", UInt64(scope.findings.count))
            }
        } else {
            for finding in scope.findings { output.lines(finding.lines) }
            if !output.quiet { output.lines(scope.lines) }
        }
        return scope.findings.isEmpty ? .done : .damaged
    }
}

extension CorruptionScope.Finding {
    func fill(_ object: inout JSONObject) {
        object.set("path", path: path)
        if !part.isEmpty { object.set("part", part) }
        object.set("evidence", evidence.rawValue)
        object.set("problem", problem)
        object.set("host", host)
        object.set("since", since.id.hex)
        object.set("since_time", since.time)
        if let lastValid {
            object.set("last_valid", lastValid.id.hex)
            object.set("last_valid_time", lastValid.time)
        }
    }

    fileprivate var lines: [String] {
        let valid =
            lastValid.map { "last intact in \(Text.short($0.id)) of \(Text.time($0.time))" } ?? "intact in no snapshot"
        return [
            part.isEmpty
                ? "\(Text.printable(path)) \(problem)"
                : "\(part) of \(Text.printable(path)) does not have its checksum",
            "  since \(Text.short(since.id)) of \(Text.time(since.time)); \(valid)",
        ]
    }
}

extension CorruptionScope {
    fileprivate var lines: [String] {
        var lines = [
            "\(Text.counted(UInt64(findings.count), "file is", "files are")) damaged. \(Text.counted(checked + unchecked, "file was", "files were")) read, \(Text.count(checked)) of them looked at by a check of their type; times and sizes were compared over \(Text.counted(snapshots, "snapshot", "snapshots"))."
        ]
        if !neverValid.isEmpty {
            lines.append(
                "\(Text.counted(UInt64(neverValid.count), "file", "files")) never had the content that the name promises, and \(neverValid.count == 1 ? "is" : "are") not counted."
            )
        }
        return lines
    }
}
