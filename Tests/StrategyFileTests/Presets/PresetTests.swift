import Primitives
import Strategy
import StrategyFile
import Testing

/// The preset says what the strategy document says.
@Suite struct PresetTests {
    static func reading() throws -> StrategyText.Reading {
        try StrategyText.parse(Array(Preset.iqhis.text().utf8), base: Array("/srv/iqhis".utf8))
    }

    private static func schedule(_ text: String) throws -> Schedule { try Schedule(parsing: text) }

    @Test func whatIsToBeFilledInIsAllThatIsWarnedOf() throws {
        let warnings = try Self.reading().warnings
        #expect(warnings.count == 9)
        for warning in warnings { #expect(warning.text.contains("is a placeholder"), "\(warning)") }
    }

    /// COMP-1 to COMP-7.
    @Test func itHasTheSevenComponents() throws {
        let components = try Self.reading().strategy.components
        #expect(components.map(\.kind) == ComponentKind.allCases)
        #expect(components.map(\.name) == ComponentKind.allCases.map(\.rawValue))
        let folders = ["docs", "src", "config", "database", "security", "test-data", "dependencies"]
        #expect(components.map(\.sources) == folders.map { [Array("/srv/iqhis/\($0)".utf8)] })
    }

    /// SCHED-1 to SCHED-4.
    @Test func itHasTheSchedules() throws {
        let strategy = try Self.reading().strategy
        #expect(strategy.timeZone == "UTC")
        let usual = [
            BackupJob(mode: .full, schedule: try Self.schedule("0 0 * * *")),
            BackupJob(mode: .incremental, schedule: .every(.seconds(4 * 3600))),
        ]
        for component in strategy.components {
            switch component.kind {
            case .database:
                #expect(component.jobs == [BackupJob(mode: .full, schedule: .every(.seconds(6 * 3600)))])
            case .configuration:
                #expect(component.jobs == usual + [BackupJob(mode: .change, schedule: .onChange(.usual))])
            default: #expect(component.jobs == usual)
            }
        }
    }

    /// RET-1 to RET-4.
    @Test func itKeepsSevenDaysFourWeeksTwelveMonthsSevenYears() throws {
        for component in try Self.reading().strategy.components { #expect(component.retention == .iqhis) }
    }

    /// LOC-1, LOC-2, LOC-5 to LOC-7.
    @Test func itHasThreeStoresAtThreeSites() throws {
        let stores = try Self.reading().strategy.stores
        #expect(stores.map(\.role) == [.primary, .secondary, .offline])
        #expect(Set(stores.map(\.site)).count == 3)
        #expect(stores[1].schedule == .every(.seconds(6 * 3600)))
        #expect(stores[2].schedule == (try Self.schedule("monthly on 1 at 08:00")))
    }

    /// CON-1 and CON-2.
    @Test func itHasTheEightContacts() throws {
        let strategy = try Self.reading().strategy
        #expect(
            strategy.contacts.map(\.name) == [
                "backup-administrator", "security-lead", "technical-lead", "compliance-officer",
                "support", "security-team", "database-team", "infrastructure-team",
            ])
        let plan = strategy.notifications
        let told = Set(plan.routes.flatMap(\.to) + plan.escalations.flatMap(\.to))
        #expect(told == Set(strategy.contacts.map(\.name)), "everybody is told of something")
    }

    /// REV-1 to REV-4.
    @Test func itHasTheReviews() throws {
        let rhythms = try Self.reading().strategy.reviews.map { [$0.name, "\($0.schedule)".firstWord] }
        #expect(
            rhythms == [
                ["success-rate", "monthly"], ["recovery-testing", "quarterly"], ["strategy", "half-yearly"],
                ["compliance-audit", "yearly"],
            ])
    }

    /// VER-2 to VER-4.
    @Test func itHasTheDrills() throws {
        let drills = try Self.reading().strategy.drills
        #expect(drills.map(\.kind) == [.restoreTest, .disasterRecovery, .fullSystem])
        #expect(drills.map { "\($0.schedule)".firstWord } == ["monthly", "quarterly", "yearly"])
    }

    @Test func aProjectMayHaveAnotherName() throws {
        let text = Preset.iqhis.text(project: "ward-7")
        #expect(try StrategyText.parse(Array(text.utf8), base: []).strategy.project == "ward-7")
    }
}

extension String {
    fileprivate var firstWord: String { String(prefix { $0 != " " }) }
}
