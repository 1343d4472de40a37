import ArgumentParser
import Identity
import Operations
import Primitives

struct InitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a repository, or make this host a writer of one.",
        discussion: """
            Makes an empty repository in a directory, or in a bucket of an S3 server (docs/s3.md), with the passphrase that opens
            its backups, and makes this host a writer of it. The passphrase is needed to restore, never to back up: keep it where this host's fate does not reach it.

              safehold init --repository /mnt/backup/safehold
              safehold init --repository /mnt/backup/safehold --passphrase-file pass --recipient auditor.pub
              safehold init --repository 's3://backups/host1?endpoint=https://s3.example.org&region=eu-1'

            Another host becomes a writer of the same repository with --join and the key of an administrator:

              safehold init --join --repository /mnt/backup/safehold

            A strategy to begin with, which says what is protected, when and where (docs/strategy.md), and the repository that it names:

              safehold init --preset iqhis --project iqhis
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    @Option(name: .long, help: ArgumentHelp("What the passphrase is called in lists.", valueName: "name"))
    var label = "owner"

    @Option(
        name: .long,
        help: ArgumentHelp("The public key of one who may open the backups too; repeatable.", valueName: "file.pub"),
        completion: .file(extensions: ["pub"]))
    var recipient: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("This host's name in the repository. Default: what it is called.", valueName: "name"))
    var host: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Lock what is backed up, in a bucket with object lock: compliance, or governance for trials.",
            valueName: "mode"), completion: .list(LockSettings.modes))
    var lock: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "With --lock: a class of retention and its days, the usual one first; repeatable. Default: standard=30.",
            valueName: "name=days"))
    var lockClass: [String] = []

    @Flag(name: .long, help: "Make this host a writer of the existing repository.")
    var join = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "With --join: deduplicate with the hosts of this domain instead of having one's own.", valueName: "id"))
    var domain: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Write this strategy file, and make the repository that it names.", valueName: "name"),
        completion: .list(WriteStrategy.presets))
    var preset: String?

    @Option(name: .long, help: ArgumentHelp("With --preset: what exports are named for.", valueName: "name"))
    var project: String?

    @OptionGroup var strategy: StrategyOptions

    @Flag(name: .long, help: "With --preset: write the file only.")
    var noRepository = false

    func validate() throws {
        try validatePreset()
        if domain != nil, !join { throw ValidationError("--domain goes with --join.") }
        if lock == nil, !lockClass.isEmpty { throw ValidationError("--lock-class goes with --lock.") }
        if join, lock != nil {
            throw ValidationError("--lock does not go with --join: 'safehold storage lock' changes locks.")
        }
        if join, !recipient.isEmpty {
            throw ValidationError("--recipient does not go with --join: use 'safehold keys add'.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        if let preset { return try begun(session, preset: preset) }
        show(join ? try joined(session) : try made(session, at: try session.location(repositoryOptions)), session)
        return .done
    }

    func show(_ summary: InitialiseSummary, _ session: Session) {
        if session.output.json {
            session.output.record("repository") { summary.fill(&$0) }
        } else if !session.output.quiet {
            session.output.lines(join ? summary.joinedLines : summary.madeLines)
        }
    }

    func made(_ session: Session, at location: String) throws -> InitialiseSummary {
        let surroundings = session.surroundings
        let permit = try session.permit(InitialiseAction.self, on: Target(store: location))
        try Initialise.checkAbsent(try surroundings.openStore(location))
        guard keys.recipientFile == nil, keys.shareFile.isEmpty else {
            throw Failure(
                .usage, "A new repository begins with a passphrase.",
                advice:
                    "Pass --passphrase-file; further keys are added with --recipient FILE.pub or 'safehold keys add'.")
        }
        let passphrase = try Passphrase.chosen(
            from: try session.key(keys, for: "A new repository"), terminal: surroundings.terminal)
        let store = try surroundings.createStore(location)
        var options = InitialiseOptions(host: host ?? surroundings.host)
        options.label = label
        options.locks = try lock.map {
            try LockSettings(mode: $0, classes: lockClass.isEmpty ? ["standard=30"] : lockClass)
        }
        options.recipientFiles = try recipient.map { try session.text(try session.absolute($0)) }
        return try Initialise.run(
            permit: permit, store: store, hostState: surroundings.hostState, passphrase: passphrase, options: options,
            clock: surroundings.clock)
    }

    private func joined(_ session: Session) throws -> InitialiseSummary {
        let permit = try session.permit(InitialiseAction.self, in: repositoryOptions)
        return try Initialise.join(
            permit: permit, repository: try session.repository(repositoryOptions),
            key: try session.key(keys, for: "Enrolling a writer"), surroundings: session.surroundings,
            host: host ?? session.surroundings.host, sharing: domain)
    }
}

extension InitialiseSummary {
    func fill(_ object: inout JSONObject) {
        object.set("repository", repository.hex)
        object.set("location", location)
        object.set("fingerprint", fingerprint.hex)
        object.set("writer", writer.hex)
        object.set("domain", domain.hex)
        object.set("host", host)
        object.set("identity", identityPath)
        object.set("recipients", recipients)
    }

    var madeLines: [String] {
        [
            "Made the repository \(repository.hex) at \(location).",
            "  fingerprint  \(fingerprint.hex)",
            "  opened by    \(recipients.joined(separator: ", "))",
            "  written by   \(host), with the identity in \(identityPath)",
            "",
            "Keep the passphrase where this host's fate does not reach it: without it, nobody can restore.",
            "Print a page for the day you need it:  safehold keys recovery-kit --output FILE",
        ]
    }

    var joinedLines: [String] {
        [
            "\(host) is now a writer of the repository \(repository.hex) at \(location).",
            "  fingerprint  \(fingerprint.hex) (compare it with your recovery kit)",
            "  domain       \(domain.hex)",
            "  identity     \(identityPath)",
        ]
    }
}
