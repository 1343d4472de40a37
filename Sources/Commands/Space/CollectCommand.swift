import ArgumentParser
import Identity
import Operations
import Primitives

struct CollectCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Free the space of what no snapshot needs.",
        discussion: """
            Removes packs that hold nothing any snapshot needs: what 'safehold forget' dropped, and what cut-off backups left. It reads
            no content and no name, blocks no backup, and can be interrupted and run again at any point. Of a pack of which less than
            60 percent is needed that part is copied into a new pack first, sealed as it is. What the store keeps locked stays until its
            lock has ended.

            Backups that are under way are left to end first: as long as there are any, nothing is begun. One that was cut off counts
            until its host's next backup, or for 72 hours.

              safehold collect --dry-run
              safehold collect --wait 600
            """)

    @Flag(name: .long, help: "Say what would be removed, and remove nothing.")
    var dryRun = false

    @Option(name: .long, help: ArgumentHelp("Wait so long for backups to end.", valueName: "seconds"))
    var wait: UInt64 = 0

    @Flag(name: .long, help: "Do not wait for backups. One that the collection overtakes begins again by itself.")
    var ignoreRunning = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Rewrite packs of which less than so much is needed; 0 rewrites none, 100 leaves nothing unneeded.",
            valueName: "percent"))
    var compactBelow: UInt64 = 60

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard compactBelow <= 100 else { throw ValidationError("--compact-below is a share in percent, 100 at most.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(CollectAction.self, in: repositoryOptions)
        let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Collecting", structureOnly: true)
        let observer = ProgressObserver(doing: "collect", session)
        defer { observer.finish() }
        var options = CollectOptions()
        options.wait = wait
        options.ignoresRunning = ignoreRunning
        options.compactsBelow = compactBelow
        options.scratch = session.surroundings.scratch
        let clock = session.surroundings.clock
        let result =
            dryRun
            ? try Collect.plan(
                permit: permit, repository: repository, opener: opener, options: options, observer: observer,
                clock: clock)
            : try Collect.run(
                permit: permit, repository: repository, opener: opener, options: options, observer: observer,
                clock: clock)
        observer.finish()
        result.show(session.output)
        return result.unreadable.isEmpty ? .done : .damaged
    }
}

extension CollectReport {
    fileprivate func show(_ output: Output) {
        for problem in unreadable { output.found(problem) }
        if output.json { return record(output) }
        guard !output.quiet else { return }
        output.line(sentence)
        if rewritten > 0 { output.line(rewriting) }
        if locked.packs > 0 { output.line(waiting) }
        if pardoned > 0 {
            output.line("\(Text.counted(pardoned, "pack was", "packs were")) needed again meanwhile, and stayed.")
        }
    }

    private var sentence: String {
        let what = "\(Text.counted(packs, "pack", "packs")), \(Text.size(bytes))"
        if isOvertaken { return "Another collection came to its end meanwhile; there was nothing left to do." }
        if packs == 0 { return "Nothing to collect." }
        if isDryRun { return "\(what) would be removed." }
        return wasResumed ? "Went on with a collection that was cut off: removed \(what)." : "Removed \(what)."
    }

    private var rewriting: String {
        let what = "\(Text.size(movedBytes)) of \(Text.counted(rewritten, "pack", "packs"))"
        return isDryRun ? "\(what) would be moved into new packs first." : "\(what) stand in new packs now."
    }

    private var waiting: String {
        let until = locked.until.map { ", the last until \(Text.time($0))" } ?? ""
        let held = locked.held > 0 ? "; \(locked.held) of them under a legal hold" : ""
        return
            "\(Text.counted(locked.packs, "pack", "packs")), \(Text.size(locked.bytes)), the store keeps locked\(until)\(held)."
    }

    private func record(_ output: Output) {
        output.record("summary") { object in
            object.set("operation", "collect")
            object.set("outcome", "complete")
            object.set("dry_run", isDryRun)
            if generation > 0 { object.set("generation", generation) }
            object.set("resumed", wasResumed)
            object.set("packs_removed", packs)
            object.set("bytes_removed", bytes)
            object.set("packs_rewritten", rewritten)
            object.set("bytes_moved", movedBytes)
            object.set("packs_pardoned", pardoned)
            object.set("packs_locked", locked.packs)
            object.set("bytes_locked", locked.bytes)
            object.set("packs_held", locked.held)
            if let until = locked.until { object.set("locked_until", until) }
            object.set("findings", UInt64(unreadable.count))
        }
    }
}
