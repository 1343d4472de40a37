import ArgumentParser
import Primitives
import Strategy

struct RetentionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Explain and rehearse which snapshots stay.",
        discussion: """
            Nothing is dropped: 'safehold forget' does that, by the same rules.

              safehold retention explain --policy iqhis
              safehold retention simulate --years 8 --stored 200GiB --daily-change 1%
            """,
        subcommands: [RetentionExplainCommand.self, RetentionSimulateCommand.self])
}

/// Rules for keeping.
struct RetentionRuleOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("A set of rules: iqhis (7 daily, 4 weekly, 12 monthly, 7 yearly).", valueName: "name"))
    var policy: String?

    @Option(name: .long, help: ArgumentHelp("Keep the newest so many.", valueName: "n"))
    var keepLast: Int?

    @Option(name: .long, help: ArgumentHelp("Keep one of each of the newest so many days.", valueName: "n"))
    var keepDaily: Int?

    @Option(name: .long, help: ArgumentHelp("Keep one of each of the newest so many weeks.", valueName: "n"))
    var keepWeekly: Int?

    @Option(name: .long, help: ArgumentHelp("Keep one of each of the newest so many months.", valueName: "n"))
    var keepMonthly: Int?

    @Option(name: .long, help: ArgumentHelp("Keep one of each of the newest so many years.", valueName: "n"))
    var keepYearly: Int?

    var isEmpty: Bool {
        policy == nil && [keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly].allSatisfy { $0 == nil }
    }

    /// Without options those of the strategy's preset, iqhis.
    func policyOrPreset() throws -> RetentionPolicy {
        let counts = [keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly].compactMap { $0 }
        guard counts.allSatisfy({ (0...1000).contains($0) }) else {
            throw Failure(.usage, "The --keep-… numbers go from 0 to 1000.", advice: "Give a number in between.")
        }
        guard policy == nil || counts.isEmpty else {
            throw Failure(.usage, "It is not clear which rules are meant.", advice: "Give either --policy or --keep-….")
        }
        if !counts.isEmpty {
            return RetentionPolicy(
                last: keepLast ?? 0, daily: keepDaily ?? 0, weekly: keepWeekly ?? 0, monthly: keepMonthly ?? 0,
                yearly: keepYearly ?? 0)
        }
        guard let preset = RetentionPolicy.presets[policy ?? "iqhis"] else {
            throw Failure(.usage, "There is no policy '\(policy ?? "")'.", advice: "There is: iqhis.")
        }
        return preset
    }
}
