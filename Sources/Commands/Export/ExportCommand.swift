import ArgumentParser
import Glibc
import Identity
import Operations
import Primitives
import Strategy

struct ExportCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write components as an archive that tar, cp and pg_restore recover from.",
        discussion: """
            Makes PROJECT_backup_TIMESTAMP.tar.gz with TIMESTAMP/docs, src, config, database, security, test-data and dependencies, a
            manifest and SHA256SUMS. Without a moment: the newest set that has most of the components complete; where there
            are no sets, the newest snapshot of each component. Every file is verified on the way, and the archive gets its
            name when it is whole. A component that is missing or partial is said, and the exit status is 3.

              safehold export --project iqhis --output /mnt/transfer/
              safehold export --set 20261125T000000Z --component database --component configuration
              safehold export --age-recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kud9e3y
              safehold export --output - | ssh elsewhere 'cat > backup.tar.gz'

            Where there is a directory of persons, others have to agree before components leave that the strategy says have data of
            persons: to these snapshots, this place and these recipients.

              safehold export --set 20261125T000000Z --component database --output /mnt/transfer/ --request
              safehold export --set 20261125T000000Z --component database --output /mnt/transfer/ --request-id 1f3a9c20
            """)

    @Option(name: .long, help: ArgumentHelp("Only this component; may be repeated.", valueName: "name"))
    var component: [String] = []

    @OptionGroup var moment: ComponentOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Where to: a file, an existing directory, or - for standard output. Default: the working directory.",
            valueName: "place"), completion: .file())
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Names the archive. Default: the strategy's project, else safehold.", valueName: "name"))
    var project: String?

    @Flag(name: .long, help: "Replace a file that is there.")
    var force = false

    @Option(
        name: .long,
        help: ArgumentHelp("Encrypt with 'age' to this recipient; may be repeated.", valueName: "recipient"))
    var ageRecipient: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Encrypt with 'age' to the recipients in this file; may be repeated.", valueName: "file"),
        completion: .file())
    var ageRecipientsFile: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Encrypt with 'gpg' to this key; may be repeated.", valueName: "id"))
    var openpgpRecipient: [String] = []

    @Flag(name: .long, help: "Make nothing; say what would be in it.")
    var dryRun = false

    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    private var goesToStandardOutput: Bool { output == "-" }

    func validate() throws {
        if goesToStandardOutput, outputOptions.json, !dryRun {
            throw ValidationError("With --output - the archive itself goes to standard output, so --json cannot.")
        }
        if !openpgpRecipient.isEmpty, !ageRecipient.isEmpty || !ageRecipientsFile.isEmpty {
            throw ValidationError("An archive is encrypted with age or with OpenPGP, not with both.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let request = try moment.request(component)
        let options = try options(session)
        let permits = try session.permits(ExportAction.self, in: repositoryOptions)
        let opened = try session.reading(repositoryOptions, keys, for: "Exporting", by: ExportAction.self)
        let choice = try ChosenComponents(request, in: opened)
        let permit = try permits(.init(choice.members.map(\.name)))
        let personal = try StrategyAdoption(session.surroundings).personal(choice.members.map(\.name))
        if fourEyes.request {
            guard let plan = Export.plan(for: choice, options, personal: personal, in: opened) else {
                throw Failure(
                    .usage, "No component of these is said to have data of persons.",
                    advice: "Nobody has to be asked.")
            }
            return try fourEyes.ask(for: plan.at(try session.location(repositoryOptions)), permit, session)
        }
        let observer = ProgressObserver(doing: "export", session)
        defer { observer.finish() }
        let summary = try Export.run(
            permit: permit, opened: opened, choice: choice, options: options, personal: personal, observer: observer,
            leave: try fourEyes.leave(session))
        observer.finish()
        show(summary, session.output)
        return summary.isPartial ? .partial : .done
    }

    private func options(_ session: Session) throws -> ExportOptions {
        if goesToStandardOutput, !dryRun, isatty(STDOUT_FILENO) == 1 {
            throw Failure(
                .usage, "The archive would be written to the terminal.",
                advice: "Send it into a file or a pipe, or give a place with --output.")
        }
        let project = try project ?? session.strategyIfAny()?.strategy.project ?? ExportOptions.defaultProject
        try ExportOptions.checkProject(project)
        let place = try session.text(try session.absolute(output ?? "."))
        var options = ExportOptions(
            project: project, destination: goesToStandardOutput ? .standardOutput : .file(place),
            software: Program.software)
        if !openpgpRecipient.isEmpty {
            options.encryption = .openPGP(recipients: openpgpRecipient)
        } else if !ageRecipient.isEmpty || !ageRecipientsFile.isEmpty {
            let files = try ageRecipientsFile.map { try session.text(try session.absolute($0)) }
            options.encryption = .age(recipients: ageRecipient, files: files)
        }
        (options.overwrites, options.dryRun) = (force, dryRun)
        return options
    }

    private func show(_ summary: ExportSummary, _ output: Output) {
        if output.json {
            for part in summary.parts { output.record("export-component") { part.fill(&$0) } }
            output.record("summary") { summary.fill(&$0, dryRun: dryRun) }
        } else if !output.quiet {
            let lines = summary.lines(dryRun: dryRun)
            // The archive itself is the result.
            if goesToStandardOutput, !dryRun { lines.forEach(output.message) } else { output.lines(lines) }
        }
    }
}
