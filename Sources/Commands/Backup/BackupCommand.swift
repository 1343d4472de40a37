import Anomaly
import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct BackupCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Save files and directories as a new snapshot.",
        discussion: """
            Needs no passphrase: this host's identity as a writer is enough. Files that look unchanged since the last snapshot of
            the same component are taken over without being opened; --full reads everything again. What cannot be read is named,
            counted, and makes the exit status 3.

              safehold backup /home
              safehold backup / --one-file-system --exclude-caches --exclude /var/tmp
              safehold backup /srv/db --component database --tag before-upgrade --full

            An interrupted backup is continued by running it again. Patterns are those of .gitignore, anchored at each path.
            """)

    @Argument(help: ArgumentHelp("What to save.", valueName: "path"), completion: .file())
    var paths: [String]

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The line of snapshots that this one continues. Default: made of the paths.", valueName: "name"))
    var component: String?

    @Option(name: .long, help: ArgumentHelp("A word to remember the snapshot by; repeatable.", valueName: "word"))
    var tag: [String] = []

    @Flag(name: .long, help: "Read every file, whatever the last snapshot says.")
    var full = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Leave out what matches, as .gitignore does; repeatable.", valueName: "pattern"))
    var exclude: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Patterns from a file, one a line; repeatable.", valueName: "file"),
        completion: .file())
    var excludeFrom: [String] = []

    @Flag(name: [.customShort("x"), .long], help: "Stay on the file systems of the given paths.")
    var oneFileSystem = false

    @Flag(name: .long, help: "Leave out what is in directories with a valid CACHEDIR.TAG.")
    var excludeCaches = false

    @Flag(
        inversion: .prefixedNo, exclusivity: .exclusive,
        help:
            "Store what changed in large files as the difference to their last version, of which this host keeps a sealed copy."
    )
    var delta = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long the snapshot is to be restorable, where the repository locks: one of the classes that 'safehold storage lock' shows.",
            valueName: "name"))
    var retentionClass: String?

    @Option(
        name: .long, help: ArgumentHelp("How hard to compress: fast, standard or best.", valueName: "level"),
        completion: .list(BackupOptions.compressionNames))
    var compression = "standard"

    func validate() throws {
        guard BackupOptions.compressionNames.contains(compression) else {
            throw ValidationError("--compression is one of: \(BackupOptions.compressionNames.joined(separator: ", ")).")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let absolute = try paths.map { try session.absolute($0) }
        let permit = try session.permit(
            BackupAction.self,
            on: Target(component: line(of: absolute), store: try session.location(repositoryOptions)))
        let repository = try session.repository(repositoryOptions)
        try Placement.checkSources(absolute, repository: repository)
        let options = try options(for: absolute, session)
        let observer = ProgressObserver(doing: "backup", session)
        let summary = try Backup.run(
            permit: permit, repository: repository, host: surroundings.hostState, options: options, observer: observer)
        observer.finish()
        session.record?.note([
            ActObject(.component, options.component), ActObject(.snapshot, summary.snapshot.hex),
        ])
        if session.output.json {
            session.output.record("summary") { summary.fill(&$0, component: options.component) }
        } else if !session.output.quiet {
            session.output.lines(summary.lines)
        }
        return summary.isPartial ? .partial : .done
    }

    private func line(of absolute: [[UInt8]]) -> String {
        component
            ?? absolute.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }.joined(
                separator: ":")
    }

    private func options(for absolute: [[UInt8]], _ session: Session) throws -> BackupOptions {
        var options = BackupOptions(
            paths: absolute, component: line(of: absolute), host: session.surroundings.host,
            user: session.surroundings.user,
            software: Program.software)
        options.tags = tag
        if full { options.readEverything() }
        options.exclusions = exclude.map { String(decoding: ArgumentText.decode($0), as: UTF8.self) }
        for file in excludeFrom {
            let lines = String(
                decoding: try NamedFile.read(session.text(try session.absolute(file)), .usage), as: UTF8.self)
            options.exclusions += lines.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map(
                String.init)
        }
        options.oneFileSystem = oneFileSystem
        options.retentionClass = retentionClass
        options.excludeCaches = excludeCaches
        options.delta = delta
        options.chooseCompression(compression)
        return options
    }
}

extension BackupSummary {
    func fill(_ object: inout JSONObject, component: String) {
        object.set("operation", "backup")
        object.set("outcome", isPartial ? "partial" : "complete")
        object.set("snapshot", snapshot.hex)
        object.set("writer", writer.hex)
        object.set("sequence", sequence)
        object.set("mode", isFull ? "full" : "incremental")
        object.set("component", component)
        object.set("files", files)
        object.set("directories", directories)
        object.set("others", others)
        object.set("files_unread", filesTakenOver)
        object.set("bytes", contentBytes)
        object.set("bytes_read", readBytes)
        object.set("bytes_new", newBytes)
        object.set("bytes_stored", storedBytes)
        object.set("packs", packs)
        object.set("problems", problemCount)
        object.set("verdict", verdict?.level.name)
        object.set("anomalies", verdict?.sentences ?? [])
        object.set("last_clean", lastClean?.hex)
        object.set("elapsed_seconds", seconds: seconds)
    }

    var lines: [String] {
        var lines = [
            "Snapshot \(Text.short(snapshot)), number \(sequence) of this writer (\(isFull ? "full" : "incremental")).",
            "  \(Text.counted(files, "file", "files")), \(Text.counted(directories, "directory", "directories")), "
                + "\(Text.counted(others, "other", "others")), \(Text.size(contentBytes)) in all",
            "  \(Text.counted(filesTakenOver, "file", "files")) unchanged and not opened, \(Text.size(readBytes)) read, "
                + "\(Text.size(newBytes)) new, stored in \(Text.size(storedBytes))",
            "  took \(Text.duration(seconds))\(rate)",
        ]
        if isPartial {
            lines.append(
                "Partial: \(Text.counted(problemCount, "entry was", "entries were")) not saved as \(problemCount == 1 ? "it" : "they") should be; see above."
            )
        }
        return lines
    }

    private var rate: String {
        seconds > 0.5 && readBytes > 0 ? ", \(Text.size(UInt64(Double(readBytes) / seconds)))/s" : ""
    }
}
