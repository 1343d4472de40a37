import Foundation
import Primitives
import Strategy
import TestSupport
import Testing

@Suite("The cost forecast") struct CostForecastTests {
    private static let tebibyte = 1_099_511_627_776.0
    private static let mebibyte = 1_048_576.0

    private func shipped(_ name: String) throws -> PriceTable {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try PriceTable(
            parsing: String(contentsOf: root.appending(path: "examples/prices/" + name), encoding: .utf8))
    }

    /// Of one TiB written, extended and read once, as the table of our research says: pack, objects, PUT, PUT to the archive, extension,
    /// reading everything.
    @Test(
        "gives the table of pack sizes that the choice of 64 MiB stands on",
        arguments: [
            (4, 262_144, 1.31, 13.1, 1.31, 0.105), (16, 65_536, 0.33, 3.28, 0.33, 0.026),
            (64, 16_384, 0.08, 0.82, 0.08, 0.007), (256, 4096, 0.02, 0.21, 0.02, 0.002),
        ] as [(Double, Double, Double, Double, Double, Double)])
    func table(pack: Double, objects: Double, put: Double, archivePut: Double, extend: Double, get: Double) throws {
        let use = CostForecast.Use(
            live: Self.tebibyte, dead: 0, written: Self.tebibyte, packSize: pack * Self.mebibyte,
            extensionsOfEachPack: 1,
            readingsOfEachPack: 1, isLocked: true)
        #expect(use.objects == objects)
        let cost = use.cost(try shipped("aws-s3-standard.txt"))
        #expect(abs(cost.puts - put) < 0.006 && abs(cost.extensions - extend) < 0.006 && abs(cost.gets - get) < 0.0006)
        let archive = use.cost(try shipped("aws-s3-deep-archive.txt"))
        #expect(abs(archive.puts - archivePut) < 0.06)
    }

    @Test("gives the 26 dollars a month of a TiB at 1 % a day with a tenth of dead space") func month() throws {
        let use = CostForecast.Use(
            live: Self.tebibyte, dead: Self.tebibyte / 10, written: Self.tebibyte * 0.01 * 30,
            packSize: 64 * Self.mebibyte,
            extensionsOfEachPack: 1, readingsOfEachPack: 1, isLocked: true)
        let cost = use.cost(try shipped("aws-s3-standard.txt"))
        #expect(abs(cost.storage - 25.91) < 0.006 && abs(cost.total - 26.0) < 0.06)
    }

    @Test("extending every day, as another program does, costs thirty times as much") func daily() throws {
        let use = CostForecast.Use(
            live: Self.tebibyte, dead: 0, written: 0, packSize: 20 * Self.mebibyte, extensionsOfEachPack: 30,
            readingsOfEachPack: 0, isLocked: true)
        #expect(abs(use.cost(try shipped("aws-s3-standard.txt")).extensions - 7.86) < 0.006)
    }

    private func assumptions(_ random: inout SeededGenerator) -> CostForecast.Assumptions {
        var some = CostForecast.Assumptions(
            bytes: Double.random(in: 1e6...1e13, using: &random),
            dailyChange: Double.random(in: 0...0.2, using: &random),
            retention: RetentionPolicy(
                daily: Int.random(in: 1...9, using: &random), weekly: Int.random(in: 0...5, using: &random),
                monthly: Int.random(in: 0...12, using: &random)))
        some.cohortDays = [0, 7, 30, 90].randomElement(using: &random) ?? 30
        return some
    }

    @Test("never has less than one snapshot, nor more than was ever written", arguments: 0..<40) func bounds(seed: Int)
    {
        var random = SeededGenerator(seed: UInt64(seed))
        let assumed = assumptions(&random)
        let forecast = CostForecast(assumed, months: 6)
        var written = 0.0
        for month in forecast.months {
            written += month.written
            #expect(month.live >= assumed.bytes * 0.999_999)
            #expect(month.dead >= 0 && month.stored <= written * 1.000_001)
            #expect(month.locked == (assumed.cohortDays > 0 ? month.stored : 0))
        }
    }

    @Test("grows with what is kept, and with the daily change", arguments: 0..<20) func monotonous(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed + 1000))
        let few = assumptions(&random)
        var more = few
        more.retention = RetentionPolicy(daily: 30, weekly: 8, monthly: 24, yearly: 7)
        var livelier = few
        livelier.dailyChange = min(1, few.dailyChange * 2)
        let (a, b, c) = (CostForecast(few, months: 5), CostForecast(more, months: 5), CostForecast(livelier, months: 5))
        for month in 0..<5 {
            #expect(b.months[month].live >= a.months[month].live * 0.999_999)
            #expect(c.months[month].live >= a.months[month].live * 0.999_999)
        }
    }

    @Test("of a tree that never changes stays what it was at first") func still() {
        let forecast = CostForecast(.init(bytes: 1e9, dailyChange: 0, retention: .iqhis), months: 14)
        #expect(forecast.months.allSatisfy { $0.live == 1e9 && $0.dead == 0 })
        #expect(forecast.months[0].written == 1e9 && forecast.months[1].written == 0)
    }

    @Test(
        "refuses a price table that is not whole, naming the line",
        arguments: [
            ("storage-gib-month = 0.023", "storage-gib-month = free", 6),
            ("put-per-1000 = 0.005", "put-per-1000 = -1", 7),
            ("put-per-1000 = 0.005", "put-per-1000 = 1; put-per-1000 = 2", 7), ("date = 2026-11-23", "date = today", 4),
            ("get-per-1000 = 0.0004\n", "", 0), ("currency = USD", "currency USD", 3), ("name = x", "nmae = x", 2),
        ])
    func badTables(old: String, changed: String, line: Int) throws {
        let good = """
            # a comment
            name = x
            currency = USD
            date = 2026-11-23
            source = me
            storage-gib-month = 0.023
            put-per-1000 = 0.005
            get-per-1000 = 0.0004

            """
        #expect(try PriceTable(parsing: good).extend == 0.005)
        let problem = #expect(throws: PriceTable.Problem.self) {
            try PriceTable(parsing: good.replacing(old, with: changed))
        }
        #expect(problem?.line == line)
    }
}
