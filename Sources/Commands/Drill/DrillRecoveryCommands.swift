import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct DrillDisasterRecoveryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "disaster-recovery",
        abstract: "Suppose that something is lost, and bring every component back from what is left.",
        discussion: """
            lost-host: this host and its disks; lost-primary: the site of the primary store; lost-key-holder: shares of an escrow open the backups;
            ransomware: nothing since the first open alarm is used. Each component is restored whole into scratch space, compared and started as in
            a restore test; where there is no room for it, a sample. The recovery time is counted from the beginning of the drill, the loss from the
            newest backup in the copy that is left; both are held against the objectives. Exit statuses as of 'drill restore-test'.

              safehold drill disaster-recovery --scenario lost-primary --observer 'Eva Elster'
              safehold drill disaster-recovery --scenario lost-key-holder --share-file 1.share --share-file 3.share
            """)

    @Option(name: .long, help: "What is lost: lost-host, lost-primary, lost-key-holder or ransomware.")
    var scenario: DrillScenario

    @OptionGroup var drillOptions: RecoveryDrillOptions
    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let held = try DrillSession(session, strategyOptions, keys, for: "A drill")
        try scenario.require(held.key)
        return try drillOptions.hold(.disasterRecovery, scenario, held)
    }
}

struct DrillFullSystemCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "full-system",
        abstract: "Bring every component back from each store in turn.",
        discussion: """
            As a disaster recovery drill, and from every store that has a place: the primary one and each of its copies. Media that lie elsewhere
            are restored from with 'drill restore-test --store' when they are put in.

              safehold drill full-system --observer 'Eva Elster'
            """)

    @OptionGroup var drillOptions: RecoveryDrillOptions
    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let held = try DrillSession(session, strategyOptions, keys, for: "A drill")
        return try drillOptions.hold(.fullSystem, nil, held)
    }
}

extension DrillScenario: ExpressibleByArgument {}

/// What drills of recovery have in common.
struct RecoveryDrillOptions: ParsableArguments {
    @Argument(help: "Components of the strategy; none: all of them.")
    var components: [String] = []

    @OptionGroup var testOptions: DrillTestOptions

    /// So many files where all of them find no room.
    private static let sample = 1000

    func hold(_ kind: DrillPlan.Kind, _ scenario: DrillScenario?, _ held: DrillSession) throws -> Outcome {
        var worst = Outcome.done
        var records: [EvidenceRecord] = []
        let choice = TestChoice(seed: nil)
        for component in try held.components(components) {
            var plain = try testOptions.request(component, sample: nil, held)
            (plain.kind, plain.scenario) = (kind, scenario)
            for request in RecoveryDrill.requests(plain, in: held.place.strategy) {
                let record = try RecoveryDrill.test(request, sample: Self.sample) { try held.test($0, choice) }
                held.show(record)
                records.append(record)
                worst = held.worse(worst, record)
            }
        }
        show(RecoveryDrill.Outcome(records), records.count, kind, held.session.output)
        return worst
    }

    private func show(_ outcome: RecoveryDrill.Outcome, _ count: Int, _ kind: DrillPlan.Kind, _ output: Output) {
        if output.json {
            output.record("summary") { object in
                object.set("operation", "drill-" + kind.rawValue)
                object.set("outcome", outcome.failed > 0 ? "damaged" : outcome.partial > 0 ? "partial" : "complete")
                object.set("records", UInt64(count))
                object.set("failed", UInt64(outcome.failed))
                object.set("partial", UInt64(outcome.partial))
                object.set("recovery_time_seconds", outcome.recoverySeconds)
                object.set("recovery_point_seconds", outcome.lossSeconds)
            }
        } else if !output.quiet {
            let ill = outcome.failed == 0 ? "none failed" : "\(outcome.failed) failed"
            output.line(
                "\(Text.counted(UInt64(count), "restore", "restores")), \(ill). All could be used \(Text.duration(Double(outcome.recoverySeconds))) after the drill was declared; \(Text.duration(Double(outcome.lossSeconds))) of changes would be lost."
            )
        }
    }
}
