import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct RetentionSimulateCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Rehearse years of backups and rules: what exists when, and what it costs.",
        discussion: """
            One component, backed up by --schedule, from now on; the rules are applied every day. Of what a snapshot needs, --daily-change is
            exchanged each day at random. Without a price table the columns of cost are left out. Reads no repository.

              safehold retention simulate --years 8
              safehold retention simulate --schedule 'daily at 00:00' --schedule 'every 4h' --stored 200GiB --daily-change 1% \\
                --prices examples/prices/aws-s3-standard.txt
            """)

    @Option(name: .long, help: ArgumentHelp("How many years.", valueName: "n"))
    var years = 8

    @Option(
        name: .long,
        help: ArgumentHelp(
            "When backups are made, in UTC; once for each. Default: daily at 00:00.", valueName: "schedule"))
    var schedule: [String] = []

    @Option(name: .long, help: ArgumentHelp("What one snapshot takes as stored: 500GiB.", valueName: "size"))
    var stored = "100GiB"

    @Option(name: .long, help: ArgumentHelp("What changes from day to day: 1%, or a size.", valueName: "share"))
    var dailyChange = "1%"

    @Option(name: .long, help: ArgumentHelp("The price table.", valueName: "file"), completion: .file())
    var prices: String?

    @OptionGroup var rules: RetentionRuleOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...50).contains(years) else { throw ValidationError("--years goes from 1 to 50.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let table = try prices.map { file in
            try ForecastCost.prices(
                permit: try session.permit(StorageAction.self), file: try session.text(try session.absolute(file)))
        }
        let simulation = RetentionSimulation(try assumptions(session), years: years)
        if session.output.json {
            for month in simulation.months { session.output.record("retention-month") { month.fill(&$0, table) } }
        } else {
            session.output.lines(Self.lines(simulation, table))
        }
        return .done
    }

    private func assumptions(_ session: Session) throws -> RetentionSimulation.Assumptions {
        let size = try Quantity.bytes(stored, "--stored")
        return RetentionSimulation.Assumptions(
            schedules: try (schedule.isEmpty ? ["daily at 00:00"] : schedule).map(Self.parsed),
            policy: try rules.policyOrPreset(), begin: session.surroundings.clock.now(), bytes: Double(size),
            dailyChange: try Quantity.share(dailyChange, of: max(1, size), "--daily-change"))
    }

    /// What comes more than once a minute tells nothing more, and takes long.
    private static func parsed(_ text: String) throws -> Schedule {
        let schedule: Schedule
        do {
            schedule = try Schedule(parsing: text)
        } catch {
            throw Failure(.usage, "'\(text)' \(error.text).", advice: "docs/schedules.md describes schedules.")
        }
        if case .every(let interval) = schedule, interval < .seconds(60) {
            throw Failure(
                .usage, "'\(text)' is more often than once a minute.", advice: "Simulate 'every 1min' or longer.")
        }
        return schedule
    }

    private static func lines(_ simulation: RetentionSimulation, _ prices: PriceTable?) -> [String] {
        var table = Table(
            [("month", .left), ("made", .right), ("kept", .right), ("oldest", .left), ("stored", .right)]
                + (prices.map { [($0.currency, .right)] } ?? []))
        var sum = 0.0
        for month in simulation.months {
            let cost = prices.map { month.use.cost($0).total }
            sum += cost ?? 0
            table.add(
                [
                    month.name, Text.count(UInt64(month.made)), Text.count(UInt64(month.snapshots.count)),
                    String((month.snapshots.first?.description ?? "").prefix(10)), Text.size(UInt64(month.use.stored)),
                ] + (cost.map { [Text.money($0)] } ?? []))
        }
        guard let prices else { return table.lines }
        return table.lines + [
            "",
            "\(Text.money(sum)) \(prices.currency) in all. Prices: \(prices.name), as of \(prices.date), \(prices.source).",
        ]
    }
}

extension RetentionSimulation.Month {
    fileprivate func fill(_ object: inout JSONObject, _ prices: PriceTable?) {
        object.set("month", name)
        object.set("made", UInt64(made))
        object.set("kept", UInt64(snapshots.count))
        object.set("snapshots", snapshots.map(Text.preciseTime))
        object.set("bytes_stored", UInt64(use.stored))
        guard let prices else { return }
        object.set("cost", seconds: use.cost(prices).total)
        object.set("currency", prices.currency)
    }
}
