import ArgumentParser
import Identity
import Operations
import Primitives

struct StorageCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare how a bucket is set up with how it should be.",
        discussion: """
            Versions, object lock, access logs, public access, encryption, the bucket's policy, lifecycle rules, replication, names that
            were written over, and whether these credentials may remove. What the server does not tell is 'unknown', never good. Each
            wrong line comes with the commands that mend it; the exit status is 3 then. One small object is written and removed.

              safehold storage check
              safehold storage check --administrator --writer arn:aws:iam::111122223333:user/host1
            """)

    @OptionGroup var wishes: StoreWishOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let store = try session.surroundings.openStore(try session.location(repositoryOptions))
        let lines = try StoreCheck.run(
            permit: try session.permit(StorageAction.self, in: repositoryOptions), store: store, wishes: wishes.wishes)
        for line in lines { Self.show(line, session.output) }
        return lines.contains { $0.verdict == .bad } ? .partial : .done
    }

    private static func show(_ line: StoreCheck.Line, _ output: Output) {
        if output.json {
            output.record("store-finding") { object in
                object.set("topic", line.topic)
                object.set("verdict", line.verdict.rawValue)
                object.set("reason", line.reason)
                object.set("mends", line.mends)
            }
            return
        }
        if output.quiet, line.verdict != .bad { return }
        let mark =
            switch line.verdict {
            case .good: "ok      "
            case .bad: "WRONG   "
            case .unknown: "unknown "
            }
        output.line("\(mark)\(line.topic): \(line.reason)")
        for mend in line.mends { output.line("          mend: \(mend)") }
    }
}

/// What only a person knows of a bucket.
struct StoreWishOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Who only writes, as the bucket's policy names him; repeatable.", valueName: "arn"))
    var writer: [String] = []

    @Flag(name: .long, help: "The credentials in use are an administrator's, who may remove.")
    var administrator = false

    @Option(name: .long, help: ArgumentHelp("Where access logs are to go.", valueName: "bucket"))
    var logBucket: String?

    var wishes: StoreCheck.Wishes {
        var wishes = StoreCheck.Wishes()
        (wishes.writers, wishes.isAdministrator, wishes.logBucket) = (writer, administrator, logBucket)
        return wishes
    }
}
