import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import Strategy

struct ForgetCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Drop snapshots that are no longer wanted.",
        discussion: """
            Rules count for each host and component on their own, in UTC; a snapshot stays when one rule keeps it. Of a day, week, month
            or year the newest complete snapshot is kept. The newest snapshot and the newest complete one of a component always stay.
            It takes an administrator's key that also opens the snapshots; --dry-run, one that opens them. Space is freed by
            'safehold collect'. What was dropped cannot be taken back once it was collected.

              safehold forget --policy iqhis --dry-run
              safehold forget --keep-daily 7 --keep-weekly 4
              safehold forget --strategy /etc/safehold/safehold.yaml --dry-run
              safehold forget --snapshot 1f3a9c20

            With --strategy each component has the rules that the file gives it; snapshots of other components stay.
            Nothing is dropped of a component with an alarm that nobody has looked at ('safehold anomalies').

            What would drop more than ten snapshots of a component and more than half of them is refused unless --confirm repeats the
            digest of the plan, which --dry-run prints.

            A snapshot whose record is lost or damaged, and in no copy, stops every collection, for it might need anything. --lost gives its
            number up: its digest is taken from its commit or from the snapshot after it, and signed as dropped.

              safehold forget --lost 5c1d/17

            Where there is a directory of persons, others have to agree, and --reason says why. --request asks them, by the rules or for the
            snapshots that are given; --request-id drops exactly those that they have agreed to.

              safehold forget --policy iqhis --request --reason 'Retention of 2026, ticket 4711'
              safehold forget --request-id 1f3a9c20 --reason 'Retention of 2026, ticket 4711'
            """)

    @OptionGroup var ruleOptions: RetentionRuleOptions

    @Option(
        name: .long, help: ArgumentHelp("By the rules of each component in this strategy file.", valueName: "file"),
        completion: .file())
    var strategy: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Drop this snapshot, and by no rule; give the option once for each.", valueName: "snapshot"))
    var snapshot: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Give up this number, whose record is lost or damaged.", valueName: "writer/number"))
    var lost: String?

    @Option(name: .long, help: ArgumentHelp("The digest of the plan, as --dry-run printed it.", valueName: "digest"))
    var confirm: String?

    @Flag(name: .long, help: "Say what would be dropped, and drop nothing.")
    var dryRun = false

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    var isReasonDemanded: Bool { !dryRun }

    func run(_ session: Session) throws -> Outcome {
        if let lost { return try forgetLost(lost, session) }
        if fourEyes.request { return try askOthers(session) }
        let choice = try choice(session)
        let plan: ForgetPlan
        if dryRun {
            let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Planning what to drop")
            plan = try Forget.plan(
                permit: try session.permit(InspectAction.self, in: repositoryOptions), repository: repository,
                opener: opener, choice: choice, clock: session.surroundings.clock,
                state: session.surroundings.hostState)
        } else {
            plan = try Forget.run(
                permit: try session.permits(ForgetAction.self, in: repositoryOptions),
                authority: try session.authority(repositoryOptions, keys),
                choice: choice, confirmation: confirm, leave: try fourEyes.leave(session))
        }
        session.record?.note(
            plan.leaving.map { ActObject(.snapshot, $0.id.hex) }, plan: plan.digest)
        show(plan, session.output)
        return .done
    }

    private func askOthers(_ session: Session) throws -> Outcome {
        let permits = try session.permits(ForgetAction.self, in: repositoryOptions)
        let (repository, opener) = try session.unlocked(repositoryOptions, keys, for: "Planning what to drop")
        let plan = try Forget.plan(
            permit: try session.permit(InspectAction.self, on: .anything), repository: repository, opener: opener,
            choice: try choice(session), clock: session.surroundings.clock, state: session.surroundings.hostState)
        guard !plan.leaving.isEmpty else {
            throw Failure(.usage, "There is nothing to drop.", advice: "Nobody has to be asked.")
        }
        return try fourEyes.ask(
            for: plan.grave(repository).at(try session.location(repositoryOptions)), try permits(plan.components),
            session)
    }

    private func choice(_ session: Session) throws -> ForgetChoice {
        if let id = fourEyes.requestId {
            guard ruleOptions.isEmpty, snapshot.isEmpty, strategy == nil else {
                throw Failure(
                    .usage, "What is dropped was said when others were asked.", advice: "Give --request-id alone.")
            }
            return ForgetPlan.agreed(in: try Requests.named(id, keeping: session.surroundings.identity).words)
        }
        guard [!ruleOptions.isEmpty, !snapshot.isEmpty, strategy != nil].filter({ $0 }).count == 1 else {
            throw Failure(
                .usage, "It is not clear what to drop.",
                advice: "Give either --strategy, or --policy, or one or more of the --keep-… options, or --snapshot.")
        }
        if !snapshot.isEmpty { return .snapshots(try snapshot.map { try SnapshotSelector($0) }) }
        if let strategy {
            let loaded = try session.carriedOut(
                try LoadStrategy.load(try session.text(try session.absolute(strategy))), for: .dropping)
            return .rules(RetentionRules(loaded.strategy))
        }
        let policy = try ruleOptions.policyOrPreset()
        guard !policy.isEmpty else {
            throw Failure(.usage, "These rules keep nothing.", advice: "Give at least one number above 0.")
        }
        return .policy(policy)
    }

    private func show(_ plan: ForgetPlan, _ output: Output) {
        for warning in plan.warnings { output.warning(warning) }
        if plan.unopened > 0 {
            output.warning(
                "\(Text.counted(UInt64(plan.unopened), "snapshot stays", "snapshots stay")): this key does not open them."
            )
        }
        if output.json { return records(plan, output) }
        guard !output.quiet else { return }
        output.lines(ForgetTable.lines(plan))
        let count = plan.leaving.count
        let what = Text.counted(UInt64(count), "snapshot", "snapshots")
        if dryRun, count > 0 { output.lines(ForgetTable.digest(plan)) }
        output.line(
            count == 0
                ? "Nothing to drop."
                : dryRun ? "\(what) would be dropped." : "Dropped \(what). 'safehold collect' frees the space.")
    }

    private func records(_ plan: ForgetPlan, _ output: Output) {
        for line in plan.lines {
            output.record("retention") { line.summary.fill(&$0, reasons: line.reasons.map(\.rawValue)) }
        }
        for summary in plan.unconfirmed + plan.withheld {
            output.record("retention") { summary.fill(&$0, reasons: []) }
        }
        output.record("summary") { object in
            object.set("operation", "forget")
            object.set("outcome", "complete")
            object.set("dry_run", dryRun)
            object.set("kept", UInt64(plan.lines.count - plan.dropped.count))
            object.set("dropped", UInt64(plan.leaving.count))
            object.set("plan", plan.digest.hex)
            object.set("paused", plan.paused)
            object.set("needs_confirmation", !plan.excesses.isEmpty)
        }
    }
}

enum ForgetTable {
    static func digest(_ plan: ForgetPlan) -> [String] {
        let excesses = plan.excesses.map {
            "That is \($0.dropped) of the \($0.total) snapshots of '\(Text.printable(Array($0.component.utf8)))' of \($0.host); to do it takes --confirm \(plan.digest.hex)."
        }
        return ["Plan \(plan.digest.hex)"] + excesses
    }

    static func lines(_ plan: ForgetPlan) -> [String] {
        var table = Table(
            ["snapshot", "time (UTC)", "host", "component", "kept for"].map { (heading: $0, alignment: .left) })
        for line in plan.lines {
            let reasons = line.reasons.isEmpty ? "- dropped" : line.reasons.map(\.rawValue).joined(separator: ", ")
            table.add(row(line.summary, reasons))
        }
        for summary in plan.unconfirmed { table.add(row(summary, "- dropped: it was never confirmed")) }
        for summary in plan.withheld { table.add(row(summary, "- dropped: its writer had been withdrawn")) }
        return table.lines
    }

    private static func row(_ summary: SnapshotSummary, _ reasons: String) -> [String] {
        [
            Text.short(summary.id), Text.time(summary.time), summary.writerHost,
            Text.printable(Array((summary.details?.component ?? "").utf8)), reasons,
        ]
    }
}

extension SnapshotSummary {
    fileprivate func fill(_ object: inout JSONObject, reasons: [String]) {
        object.set("id", id.hex)
        object.set("time", time)
        object.set("writer", writer.hex)
        object.set("writer_host", writerHost)
        object.set("sequence", sequence)
        if let details { object.set("component", details.component) }
        object.set("kept", !reasons.isEmpty)
        object.set("reasons", reasons)
    }
}
