import Strategy
import Testing

/// Which services are stopped and started, and in which order (EMG-1, EMG-3).
@Suite struct EmergencyPlanTests {
    private static func service(_ name: String, needs: [String] = [], of components: [String] = []) -> ServicePlan {
        ServicePlan(name: name, stop: ["stop"], start: ["start"], components: components, needs: needs)
    }

    private static let plan = EmergencyPlan(services: [
        service("proxy", needs: ["web", "mail"], of: ["none"]), service("web", needs: ["database"], of: ["none"]),
        service("mail", of: ["letters"]), service("database", of: ["rows"]), service("watch"),
    ])

    @Test func eachStartsAfterWhatItNeedsElseAsInTheFile() {
        #expect(Self.plan.startOrder.map(\.name) == ["mail", "database", "web", "proxy", "watch"])
    }

    @Test func affectedAreThoseOfTheComponentsAndWhateverNeedsThem() {
        #expect(Self.plan.affected(by: ["rows"]).map(\.name) == ["database", "web", "proxy", "watch"])
        #expect(Self.plan.affected(by: ["letters"]).map(\.name) == ["mail", "proxy", "watch"])
        #expect(Self.plan.affected(by: []).count == 5)
    }

    @Test func aCircleIsStartedByNobody() {
        let plan = EmergencyPlan(services: [
            Self.service("a", needs: ["b"]), Self.service("b", needs: ["a"]), Self.service("c"),
        ])
        #expect(plan.startOrder.map(\.name) == ["c"])
    }

    @Test func aProgramThatIsNewTakesOthers() {
        var before = BackupStrategy(project: "ward")
        before.emergency = EmergencyPlan(services: [Self.service("web")])
        var after = before
        after.emergency.isolation = [IsolationPlan(name: "firewall", command: ["nft", "-f", "x"])]
        #expect(StrategyWeakening.of(after, comparedWith: before).map(\.kind) == [.programs])
        #expect(StrategyWeakening.of(before, comparedWith: after).isEmpty)
    }
}
