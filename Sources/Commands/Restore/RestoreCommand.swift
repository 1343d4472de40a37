import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct RestoreCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Bring back a snapshot, or part of it.",
        discussion: """
            A tree that was backed up as PATH comes back under the target at its absolute path, or with --strip directly. Every
            chunk is verified before it is written; files appear under their names when they are whole. An interrupted restore is
            continued by running it again. Nothing is flushed to the disk on the way: the system does that in its own time, and with
            --sync the restore waits for it.

              safehold restore latest --target /tmp/back
              safehold restore latest --target /tmp/back /home/ann/thesis '*.bib'
              safehold restore 1f3a5b7c --target /srv/db --strip --overwrite always --verify
              safehold restore latest --target / --dry-run
              safehold restore --component documentation --to ./docs
              safehold restore --all-components --set 20261125T000000Z --to /srv/recovery

            A component with base backups of a PostgreSQL server is recovered to a point in time when one of the options of a recovery
            is given: the newest base backup that ended before the target comes into the data directory, and a server that is started there
            fetches what was archived and goes on to the target. With --verify a server does that in scratch space first, and every table is read;
            without --to that is all. With --at and --set another base backup is taken: for --target-name and --target-xid, of which nobody
            knows before when they were, the newest of all is taken else. Without any of these options its files are restored.

              safehold restore database --target-time '2026-11-27 10:00:00+00' --to /var/lib/postgresql/15/main
              safehold restore database --target-lsn 0/3000148 --in-place --to /var/lib/postgresql/15/main
              safehold restore database --target-end --verify
            """)

    @Argument(
        help:
            "A snapshot: latest, latest:COMPONENT, the beginning of an id, or WRITER/NUMBER. Left out with --component. Of a recovery: the component."
    )
    var snapshot: String?

    @Argument(
        help: ArgumentHelp(
            "Only these: absolute paths, each with all below it, and patterns, which may match at any depth.",
            valueName: "path-or-pattern"))
    var selection: [String] = []

    @Option(
        name: [.short, .long, .customLong("to")],
        help: ArgumentHelp(
            "Where to. It is made if its parent exists. Only a recovery with --verify goes without.", valueName: "dir"),
        completion: .directory)
    var target: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "This component, of the newest set or of the moment given; of several each into its folder.",
            valueName: "name"))
    var component: [String] = []

    @Flag(name: .long, help: "All components, each into its folder: docs, src, config, database and so on.")
    var allComponents = false

    @OptionGroup(title: "Options of a recovery") var recovery: RecoveryOptions
    @OptionGroup var moment: ComponentOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Flag(name: .long, help: "Leave out the leading path: put the tree directly into the target.")
    var strip = false

    @Option(
        name: .long,
        help: ArgumentHelp("What exists already: never touch it, replace it if changed, or always.", valueName: "when"))
    var overwrite = OverwritePolicy.ifChanged

    @Flag(name: .long, help: "Change nothing; say what would be done.")
    var dryRun = false

    @Flag(
        name: .long,
        help:
            "Read everything back when it is done, and compare. Of a recovery: have a server go there in scratch space first."
    )
    var verify = false

    @Flag(
        name: .long,
        help: "Wait until all restored data and names are on the medium; a failure of the disk is an error then.")
    var sync = false

    func validate() throws {
        guard target != nil || (recovery.isGiven && (verify || dryRun) && !recovery.inPlace) else {
            throw Self.targetMissing
        }
    }

    private static let targetMissing = ValidationError("Missing expected argument '--target <dir>'")

    func run(_ session: Session) throws -> Outcome {
        if recovery.isGiven { return try recover(session) }
        guard let target else { throw Self.targetMissing }
        if takesComponents { return try restoreComponents(session, to: target) }
        guard let snapshot else {
            throw Failure(
                .usage, "Neither a snapshot nor a component was named.",
                advice: "Give a snapshot as 'safehold snapshots' lists them, or --component NAME.")
        }
        guard !moment.isGiven else {
            throw Failure(
                .usage, "--set, --at, --latest and --host choose among components, and a snapshot was named.",
                advice: "Leave them out, or name components with --component.")
        }
        let selector = try SnapshotSelector(snapshot)
        let permits = try session.permits(RestoreAction.self, in: repositoryOptions)
        let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Restoring")
        let choice = try SnapshotChoice(selector, in: repository, opener: opener)
        for problem in choice.problems { session.output.found(problem) }
        session.record?.note([ActObject(.snapshot, choice.summary.id.hex)])
        let path = try session.text(try session.absolute(target))
        let options = try options(
            RestoreOptions(snapshot: choice.snapshot, target: path), selecting: selection, session)
        let observer = ProgressObserver(doing: "restore", session)
        defer { observer.finish() }
        let summary = try Restore.run(
            permit: try permits(choice.components(opener)), repository: repository, opener: opener, options: options,
            observer: observer)
        observer.finish()
        show(summary, choice.summary, path, session.output)
        if summary.isPartial { return .partial }
        return choice.isInDoubt ? .damaged : .done
    }

    /// With what the other options say.
    func options(_ plain: RestoreOptions, selecting selection: [String], _ session: Session) throws -> RestoreOptions {
        var options = plain
        options.strip = strip
        options.selection = try selection.map { wanted in
            try (wanted.hasPrefix("./") || wanted.hasPrefix("../") ? session.text(session.absolute(wanted)) : wanted)
        }
        options.overwrite = overwrite
        options.dryRun = dryRun
        options.verify = verify
        options.sync = sync
        options.guarded = session.guardedState
        return options
    }

    private func show(_ summary: RestoreSummary, _ snapshot: SnapshotSummary, _ path: String, _ output: Output) {
        if output.json {
            output.record("summary") { object in
                object.set("operation", "restore")
                object.set("outcome", summary.isPartial ? "partial" : "complete")
                object.set("snapshot", snapshot.id.hex)
                object.set("target", path: Array(path.utf8))
                object.set("dry_run", dryRun)
                summary.fill(&object)
            }
        } else if !output.quiet {
            output.lines(summary.lines(of: snapshot, to: path, dryRun: dryRun))
        }
    }
}

extension OverwritePolicy: ExpressibleByArgument {}

extension RestoreSummary {
    func fill(_ object: inout JSONObject) {
        object.set("files", files)
        object.set("directories", directories)
        object.set("others", others)
        object.set("hard_links", hardLinks)
        object.set("skipped", unchanged + skipped)
        object.set("bytes", bytes)
        object.set("verified", verified)
        object.set("synced", synced)
        object.set("problems", problemCount)
        object.set("elapsed_seconds", seconds: seconds)
    }

    func lines(of snapshot: SnapshotSummary, to target: String, dryRun: Bool) -> [String] {
        var lines = [
            dryRun
                ? "Nothing was changed. A restore of \(Text.short(snapshot.id)) to \(target) would bring:"
                : "Restored \(Text.short(snapshot.id)) to \(target):",
            "  \(Text.counted(files, "file", "files")) (\(Text.size(bytes))), \(Text.counted(directories, "directory", "directories")), "
                + Text.counted(others, "other", "others")
                + (hardLinks > 0 ? ", \(Text.counted(hardLinks, "hard link", "hard links"))" : ""),
        ]
        if unchanged > 0 {
            lines.append(
                "  \(Text.counted(unchanged, "entry was", "entries were")) there already as the snapshot has them")
        }
        if skipped > 0 { lines.append("  \(Text.counted(skipped, "entry", "entries")) left as they are") }
        if synced { lines.append("  all of it is on the medium") }
        if verified > 0 { lines.append("  \(Text.counted(verified, "file", "files")) read back and found equal") }
        if !dryRun {
            let rate = seconds > 0.5 ? ", \(Text.size(UInt64(Double(bytes) / seconds)))/s" : ""
            lines.append("  took \(Text.duration(seconds))\(rate)")
        }
        if isPartial {
            lines.append(
                "Partial: \(Text.counted(problemCount, "entry was", "entries were")) not restored as \(problemCount == 1 ? "it" : "they") should be; see above."
            )
        }
        return lines
    }
}
