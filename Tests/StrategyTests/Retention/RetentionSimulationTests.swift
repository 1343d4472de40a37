import Primitives
import Strategy
import TestSupport
import Testing

@Suite("Rehearsed retention") struct RetentionSimulationTests {
    struct YearEnd: Decodable, Sendable {
        var month: String
        var made: Int
        var kept: [String]
    }

    private func simulation(_ schedules: [String], change: Double = 0.01) throws -> RetentionSimulation {
        RetentionSimulation(
            RetentionSimulation.Assumptions(
                schedules: try schedules.map { try Schedule(parsing: $0) }, policy: .iqhis,
                begin: try #require(Timestamp(description: "2026-01-01T00:00:00Z")), bytes: 1e11, dailyChange: change),
            years: 8)
    }

    @Test(
        "leaves at each year's end what a second reckoning finds",
        arguments: try Vectors.load("retention-years", as: YearEnd.self))
    func golden(year: YearEnd) throws {
        let month = try #require(try Self.full.get().months.first { $0.name == year.month })
        #expect(month.snapshots.map(\.description) == year.kept)
        #expect(month.made == year.made)
    }

    private static let full = Result {
        try RetentionSimulationTests().simulation(["daily at 00:00", "every 4h"])
    }

    @Test("has a month for each, ends where the rules end, and never forgets the present") func months() throws {
        let months = try Self.full.get().months
        #expect(months.count == 96 && months.first?.name == "2026-01" && months.last?.name == "2033-12")
        #expect(months.map(\.name) == months.map(\.name).sorted())
        for month in months {
            #expect((7...30).contains(month.snapshots.count))
            #expect(month.snapshots.last?.description.hasPrefix(month.name) == true)
        }
    }

    @Test("uses what the cost forecast says, for one backup a day") func cost() throws {
        let months = try simulation(["daily"]).months
        let forecast = CostForecast(
            CostForecast.Assumptions(bytes: 1e11, dailyChange: 0.01, retention: .iqhis), months: 97)
        for number in [11, 47, 95] {
            let other = forecast.months[number].live
            #expect(abs(months[number].use.live - other) / other < 0.1)
        }
    }
}
