import Strategy
import Testing

/// What one strategy demands less than another one (SEC-4).
@Suite struct StrategyWeakeningTests {
    private typealias Kind = StrategyWeakening.Kind

    private func strategy() -> BackupStrategy {
        var primary = StorePlan(name: "primary", role: .primary, site: "here", location: "/srv/primary")
        primary.immutability = .governance
        let daily = BackupJob(mode: .full, schedule: .every(.seconds(86_400)))
        var strategy = BackupStrategy(
            project: "p",
            components: ["docs", "src"].map { name in
                ComponentPlan(
                    name: name, kind: .documentation, sources: [Array("/srv/\(name)".utf8)], jobs: [daily],
                    retention: .iqhis, store: "primary")
            }, stores: [primary], contacts: [Contact(name: "a", roles: ["a"], channels: [.command(["tell"])])],
            reviews: [ReviewPlan(name: "strategy", schedule: .every(.seconds(86_400)), owners: ["a"])],
            drills: [DrillPlan(kind: .restoreTest, schedule: .every(.seconds(86_400)), components: ["docs"])])
        strategy.components[0].hooks.freeze = ["freeze"]
        strategy.components[0].holdsPersonalData = true
        strategy.upkeep.verify = .every(.seconds(60))
        return strategy
    }

    private func kinds(_ edit: (inout BackupStrategy) -> Void) -> [Kind] {
        var after = strategy()
        edit(&after)
        return StrategyWeakening.of(after, comparedWith: strategy()).map(\.kind)
    }

    @Test func whatDemandsLessIsNamed() {
        let edits: [(Kind, (inout BackupStrategy) -> Void)] = [
            (.retention, { $0.components[1].retention.counts[.yearly] = 6 }),
            (.retention, { $0.components[1].retention = RetentionPolicy(last: 3) }),
            (.retention, { $0.components.remove(at: 1) }),
            (.retention, { $0.components[1].name = "other" }),
            (.retention, { $0.components[1].jobs = [] }),
            (.retention, { $0.upkeep.forget = .every(.seconds(60)) }),
            (.locks, { $0.stores[0].immutability = .none }),
            (.locks, { $0.stores = [] }),
            (.drills, { $0.drills = [] }),
            (.drills, { $0.drills[0].components = ["src"] }),
            (.drills, { $0.drills[0].schedule = .every(.seconds(86_401)) }),
            (.drills, { $0.reviews = [] }),
            (.drills, { $0.upkeep.verify = nil }),
            (.programs, { $0.components[0].hooks.after = ["after"] }),
            (.programs, { $0.components[0].hooks.freeze = ["freeze", "more"] }),
            (.programs, { $0.components[0].health = ["look"] }),
            (.programs, { $0.contacts[0].channels = [.command(["tell", "another"])] }),
            (.programs, { $0.components[1].streams = [StreamPlan(file: "f", command: ["dump"])] }),
            (.personalData, { $0.components[0].holdsPersonalData = false }),
        ]
        for (index, (kind, edit)) in edits.enumerated() {
            let found = Set(kinds(edit))
            #expect(found == [kind], "\(index)")
        }
    }

    @Test func whatDemandsAsMuchOrMoreIsNot() {
        let edits: [(inout BackupStrategy) -> Void] = [
            { _ in }, { $0.project = "q" }, { $0.components[1].retention.counts[.daily] = 8 },
            { $0.components[1].retention.last = 1 }, { $0.stores[0].immutability = .compliance },
            { $0.drills[0].components = [] },
            { $0.drills.append(DrillPlan(kind: .fullSystem, schedule: .every(.seconds(60)))) },
            { $0.components[0].hooks.freeze = [] }, { $0.contacts = [] },
            { $0.components[1].holdsPersonalData = true }, { $0.upkeep.collect = .every(.seconds(60)) },
        ]
        for (index, edit) in edits.enumerated() { #expect(kinds(edit).isEmpty, "\(index)") }
    }

    @Test func aProgramThatRanElsewhereMayRun() {
        #expect(kinds { $0.components[1].hooks.after = ["freeze"] }.isEmpty)
        #expect(
            Set(StrategyWeakening.of(strategy(), comparedWith: BackupStrategy(project: "none")).map(\.kind)) == [
                .programs
            ])
    }
}
