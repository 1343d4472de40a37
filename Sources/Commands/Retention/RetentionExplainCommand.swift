import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct RetentionExplainCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say of each snapshot which rules keep it, and how long, or why none does.",
        discussion: """
            Without rules those of iqhis are meant, with --strategy those of each component in that file. Needs a key that opens snapshots. 'until' is the first day on which no rule keeps a snapshot,
            if a complete backup is made every day.

              safehold retention explain
              safehold retention explain --strategy /etc/safehold/safehold.yaml
              safehold retention explain --component database --keep-daily 7 --keep-monthly 12
            """)

    @Option(name: .long, help: ArgumentHelp("Only snapshots of this component.", valueName: "name"))
    var component: String?

    @Option(
        name: .long, help: ArgumentHelp("By the rules of each component in this strategy file.", valueName: "file"),
        completion: .file())
    var strategy: String?

    @OptionGroup var rules: RetentionRuleOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let rules = try chosenRules(session)
        let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Explaining what stays")
        let report = try ExplainRetention.run(
            permit: try session.permit(InspectAction.self, in: repositoryOptions), repository: repository,
            opener: opener,
            rules: rules, clock: session.surroundings.clock, state: session.surroundings.hostState)
        let lines = report.lines.filter { component == nil || $0.summary.details?.component == component }
        for warning in report.warnings { session.output.warning(warning) }
        if report.unopened > 0 {
            session.output.warning(
                "\(Text.counted(UInt64(report.unopened), "snapshot stays", "snapshots stay")): this key does not open them."
            )
        }
        if session.output.json {
            for line in lines { session.output.record("retention-explanation") { line.fill(&$0) } }
        } else if !session.output.quiet {
            session.output.lines(lines.isEmpty ? ["There is no snapshot."] : Self.table(lines))
        }
        return .done
    }

    private func chosenRules(_ session: Session) throws -> RetentionRules {
        guard let strategy else { return RetentionRules(other: try rules.policyOrPreset()) }
        guard rules.isEmpty else {
            throw Failure(
                .usage, "It is not clear which rules are meant.", advice: "Give --strategy, or --policy or --keep-….")
        }
        return RetentionRules(try LoadStrategy.load(try session.text(try session.absolute(strategy))).strategy)
    }

    private static func table(_ lines: [ExplainRetention.Line]) -> [String] {
        var table = Table(
            ["snapshot", "time (UTC)", "host", "component", "until", "why"].map { (heading: $0, alignment: .left) })
        for line in lines {
            let until = line.explanation.keptUntil.map { String($0.description.prefix(10)) } ?? ""
            let why = line.explanation.lines.enumerated().map { line.isKept ? $1 : $0 == 0 ? "- goes: \($1)" : $1 }
            table.add([
                Text.short(line.summary.id), Text.time(line.trustedTime), line.summary.writerHost,
                Text.printable(Array((line.summary.details?.component ?? "").utf8)), until,
                why.isEmpty ? "- goes: no rule is for it" : why.joined(separator: "; "),
            ])
        }
        return table.lines
    }
}

extension ExplainRetention.Line {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("id", summary.id.hex)
        object.set("time", trustedTime)
        object.set("claimed_time", summary.time)
        object.set("writer_host", summary.writerHost)
        object.set("component", summary.details?.component)
        object.set("kept", isKept)
        object.set("until", explanation.keptUntil.map(Text.preciseTime))
        object.set("reasons", explanation.lines)
    }
}
