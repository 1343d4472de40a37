import ArgumentParser
import Identity
import Operations
import Primitives

struct VerifyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that the repository is whole, and name what is not.",
        discussion: """
            With a key: signatures, chains, listings, and that every chunk of every snapshot is there; with --read-data every stored
            byte is read, decrypted and compared. With a maintainer's key: that every reference of every snapshot opens and leads to
            chunks that are in packs; content and listings are not opened. Without one: signatures, chains, and that every object is there in its size; with
            --read-data that its bytes are the ones that its name was made of. Damage is named with the files it affects.

              safehold verify
              safehold verify --read-data --json
              safehold verify --without-key --read-data
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(name: .long, help: "Read every stored byte.")
    var readData = false

    @Flag(name: .long, help: "Check only what can be checked without a key, and ask for none.")
    var withoutKey = false

    func run(_ session: Session) throws -> Outcome {
        let output = session.output
        let permit = try session.permit(VerifyAction.self, in: repositoryOptions)
        let repository = try session.repository(repositoryOptions)
        let source = withoutKey ? nil : try keys.source(session.surroundings)
        let opener = try source.map { try repository.unlock($0, terminal: session.surroundings.terminal) }
        let observer = ProgressObserver(doing: "verify", session)
        defer { observer.finish() }
        let report = try Verify.run(
            permit: permit, repository: repository, opener: opener,
            options: VerifyOptions(readData: readData, scratch: session.surroundings.scratch), observer: observer)
        observer.finish()
        for finding in report.findings { show(finding, output) }
        for note in report.notes where output.json {
            output.record("finding") { object in
                object.set("severity", "note")
                object.set("message", note)
            }
        }
        if output.json {
            output.record("summary") { report.fill(&$0) }
        } else {
            if output.verbose { for note in report.notes { output.line("note: " + note) } }
            if !output.quiet { output.lines(report.lines) }
        }
        return report.isIntact ? .done : .damaged
    }

    private func show(_ finding: VerifyFinding, _ output: Output) {
        guard output.json else { return output.lines(finding.lines) }
        func record(_ more: (inout JSONObject) -> Void) {
            output.record("finding") { object in
                object.set("severity", "damage")
                object.set("code", Failure.Code.objectDamaged.rawValue)
                object.set("message", finding.message)
                object.set("object", finding.object)
                more(&object)
            }
        }
        if finding.snapshots.isEmpty, finding.files.isEmpty { record { _ in } }
        for snapshot in finding.snapshots { record { $0.set("snapshot", snapshot.hex) } }
        for file in finding.files { record { $0.set("path", path: file) } }
    }
}

extension VerifyFinding {
    /// A problem of no object in particular is a sentence already.
    var message: String { object.isEmpty ? problem : "\(object) \(problem)." }

    var lines: [String] {
        var lines = ["DAMAGE: \(message)"]
        if !snapshots.isEmpty { lines.append("  snapshots: " + snapshots.map(Text.short).joined(separator: ", ")) }
        lines += files.map { "  file: " + Text.printable($0) }
        if fileCount > UInt64(files.count) {
            lines.append("  and \(Text.counted(fileCount - UInt64(files.count), "further file", "further files"))")
        }
        if lostEntries > 0 {
            lines.append("  and \(Text.counted(lostEntries, "entry", "entries")) whose names cannot be read")
        }
        return lines
    }
}

extension VerifyReport {
    private var affectedFiles: UInt64 { findings.reduce(0) { $0 + $1.fileCount + $1.lostEntries } }

    func fill(_ object: inout JSONObject) {
        object.set("operation", "verify")
        object.set("outcome", "complete")
        object.set("read_data", readData)
        object.set("used_keys", usedKeys)
        object.set("structure_only", structureOnly)
        object.set("snapshots", snapshots)
        object.set("objects", objects)
        object.set("packs", packs)
        object.set("chunks", chunks)
        object.set("bytes_read", bytesRead)
        object.set("entries", listedEntries)
        object.set("findings", findingCount)
        object.set("files_affected", affectedFiles)
        object.set("elapsed_seconds", seconds: seconds)
    }

    var lines: [String] {
        var lines: [String] = []
        if findingCount > UInt64(findings.count) {
            lines.append(
                "and \(Text.counted(findingCount - UInt64(findings.count), "further finding", "further findings"))")
        }
        lines.append(
            "Checked \(Text.counted(snapshots, "snapshot", "snapshots")), \(Text.counted(objects, "object", "objects")), "
                + "\(Text.counted(packs, "pack", "packs"))"
                + (chunks > 0 ? ", \(Text.counted(chunks, "chunk", "chunks"))" : "")
                + (bytesRead > 0 ? ", \(Text.size(bytesRead)) read" : "") + " in \(Text.duration(seconds)).")
        if structureOnly {
            lines.append(
                "With a maintainer's key: every reference was followed. That content opens and is what its name says, and listings, were not looked at."
            )
        }
        if !usedKeys { lines.append("Without a key: content and names were not looked at.") }
        if !readData { lines.append("Not every stored byte was read: --read-data does that.") }
        lines.append(
            isIntact ? "All is intact." : "\(Text.counted(findingCount, "finding", "findings")): not all is intact.")
        return lines
    }
}
