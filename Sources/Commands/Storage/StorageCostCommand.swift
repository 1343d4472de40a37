import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct StorageCostCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cost",
        abstract: "Forecast objects, requests, locked bytes and cost, month by month.",
        discussion: """
            Begins with what the repository holds now (--repository), or with --stored. Each day a share of it is exchanged at random;
            snapshots are made daily and kept by the policy; with cohorts, what no snapshot needs stays locked until its cohort ends, and
            each live pack is extended once a cohort. A month is 30 days. Prices come from a file with a date and a source in it.

              safehold storage cost --prices examples/prices/aws-s3-standard.txt --stored 1TiB --daily-change 1%
              safehold storage cost --prices examples/prices/aws-s3-standard.txt --daily-change 0.5% --months 24 --json
            """)

    @Option(name: .long, help: ArgumentHelp("The price table.", valueName: "file"), completion: .file())
    var prices: String

    @Option(name: .long, help: ArgumentHelp("What one snapshot takes as stored: 500GiB.", valueName: "size"))
    var stored: String?

    @Option(name: .long, help: ArgumentHelp("What changes from day to day: 1%, or a size.", valueName: "share"))
    var dailyChange: String

    @OptionGroup var ruleOptions: RetentionRuleOptions

    @Option(name: .long, help: ArgumentHelp("Size of a pack. Default: the repository's, or 64MiB.", valueName: "size"))
    var packSize: String?

    @Option(
        name: .long, help: ArgumentHelp("Locks are extended once in so many days; 0 for no locks.", valueName: "days"))
    var cohortDays = 30

    @Option(name: .long, help: ArgumentHelp("How far to look.", valueName: "n"))
    var months = 12

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (0...366).contains(cohortDays) else { throw ValidationError("--cohort-days goes from 0 to 366.") }
        guard (1...120).contains(months) else { throw ValidationError("--months goes from 1 to 120.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let table = try ForecastCost.prices(
            permit: try session.permit(StorageAction.self), file: try session.text(try session.absolute(prices)))
        let forecast = CostForecast(try assumptions(session), months: months)
        if session.output.json {
            forecast.record(table, session.output)
        } else {
            session.output.lines(forecast.lines(table))
        }
        return .done
    }

    private func assumptions(_ session: Session) throws -> CostForecast.Assumptions {
        var (bytes, pack) = (try stored.map { try Quantity.bytes($0, "--stored") }, UInt64(64 << 20))
        if bytes == nil {
            let measured = try ForecastCost.measure(
                permit: try session.permit(InspectAction.self, in: repositoryOptions),
                repository: try session.repository(repositoryOptions))
            (bytes, pack) = (measured.bytes, measured.packSize)
        }
        if let packSize { pack = try Quantity.bytes(packSize, "--pack-size") }
        let size = max(1, bytes ?? 0)
        var assumed = CostForecast.Assumptions(
            bytes: Double(size), dailyChange: try Quantity.share(dailyChange, of: size, "--daily-change"),
            retention: try ruleOptions.policyOrPreset())
        assumed.packSize = Double(max(1 << 20, pack))
        assumed.cohortDays = cohortDays
        return assumed
    }
}

extension CostForecast {
    fileprivate func record(_ prices: PriceTable, _ output: Output) {
        for (index, month) in months.enumerated() {
            let cost = month.cost(prices)
            output.record("cost-month") { object in
                object.set("month", UInt64(index + 1))
                object.set("objects", UInt64(month.objects))
                object.set("bytes_stored", UInt64(month.stored))
                object.set("bytes_live", UInt64(month.live))
                object.set("bytes_locked", UInt64(month.locked))
                object.set("puts", UInt64(month.puts))
                object.set("extensions", UInt64(month.extensions))
                object.set("gets", UInt64(month.gets))
                object.set("cost_storage", seconds: cost.storage)
                object.set("cost_requests", seconds: cost.puts + cost.extensions + cost.gets)
                object.set("cost", seconds: cost.total)
                object.set("currency", prices.currency)
                object.set("prices", prices.name)
                object.set("prices_date", prices.date)
            }
        }
    }

    fileprivate func lines(_ prices: PriceTable) -> [String] {
        var table = Table([
            ("month", .right), ("objects", .right), ("stored", .right), ("locked", .right), ("PUT", .right),
            ("extend", .right),
            ("GET", .right), ("storage", .right), ("requests", .right), (prices.currency, .right),
        ])
        var sum = 0.0
        for (index, month) in months.enumerated() {
            let cost = month.cost(prices)
            sum += cost.total
            table.add([
                String(index + 1), Text.count(UInt64(month.objects)), Text.size(UInt64(month.stored)),
                Text.size(UInt64(month.locked)), Text.count(UInt64(month.puts)), Text.count(UInt64(month.extensions)),
                Text.count(UInt64(month.gets)), Text.money(cost.storage),
                Text.money(cost.puts + cost.extensions + cost.gets), Text.money(cost.total),
            ])
        }
        return table.lines + [
            "",
            "\(Text.money(sum)) \(prices.currency) in all. Prices: \(prices.name), as of \(prices.date), \(prices.source).",
        ]
    }
}

extension Text {
    static func money(_ value: Double) -> String {
        let cents = UInt64(min(1e15, max(0, (value * 100).rounded())))
        return "\(count(cents / 100)).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }
}

/// Sizes and shares as people give them.
enum Quantity {
    private static let units: [(String, UInt64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("PiB", 1 << 50), ("kB", 1000),
        ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ]

    /// 500GiB, 1.5 TiB, 2000000.
    static func bytes(_ text: String, _ option: String) throws -> UInt64 {
        let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1)
        let number = text.dropLast(unit.0.count).filter { $0 != " " }
        guard let value = Double(number), value.isFinite, value >= 0, value * Double(unit.1) < 1e18 else {
            throw Failure(
                .usage, "\(option) is '\(text)', which is no size.", advice: "Give it as 500GiB, 1.5TiB or bytes.")
        }
        return UInt64(value * Double(unit.1))
    }

    /// A share from 0 to 1: 1%, or a size as a part of `whole`.
    static func share(_ text: String, of whole: UInt64, _ option: String) throws -> Double {
        let share: Double?
        if text.hasSuffix("%") {
            share = Double(text.dropLast().filter { $0 != " " }).map { $0 / 100 }
        } else {
            share = Double(try bytes(text, option)) / Double(max(1, whole))
        }
        guard let share, share.isFinite, (0...1).contains(share) else {
            throw Failure(
                .usage, "\(option) is '\(text)', which is no part of the whole.", advice: "Give it as 1% or as 10GiB.")
        }
        return share
    }
}
