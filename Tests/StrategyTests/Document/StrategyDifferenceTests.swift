import Strategy
import Testing

/// DOC-1 to DOC-4.
@Suite struct StrategyDifferenceTests {
    private typealias Aspect = StrategyDifference.Aspect

    private func strategy() -> BackupStrategy {
        var primary = StorePlan(name: "primary", role: .primary, site: "here", location: "/srv/primary")
        primary.immutability = .governance
        let daily = BackupJob(mode: .full, schedule: .every(.seconds(86_400)))
        return BackupStrategy(
            project: "p",
            components: ["docs", "src"].map { name in
                ComponentPlan(
                    name: name, kind: .documentation, sources: [Array("/srv/\(name)".utf8)], jobs: [daily],
                    retention: .iqhis, store: "primary")
            }, stores: [primary], contacts: [Contact(name: "a", roles: ["a"], channels: [.email(address: "a@b.org")])],
            reviews: [ReviewPlan(name: "strategy", schedule: .every(.seconds(86_400)), owners: ["a"])],
            drills: [DrillPlan(kind: .restoreTest, schedule: .every(.seconds(86_400)))])
    }

    private func change(_ edit: (inout BackupStrategy) -> Void) -> StrategyDifference {
        var other = strategy()
        edit(&other)
        return StrategyDifference(from: strategy(), to: other)
    }

    @Test func whatIsTheSameDiffersInNothing() {
        let same = change { _ in }
        #expect(same.changes.isEmpty && same.reviewsRaised.isEmpty)
    }

    /// Each with what it concerns.
    @Test func everythingThatChangesIsNamed() {
        let edits: [(path: String, aspects: [Aspect], edit: (inout BackupStrategy) -> Void)] = [
            ("project", [.system], { $0.project = "q" }),
            ("timezone", [.system], { $0.timeZone = "Europe/Berlin" }),
            ("components.docs.kind", [.system], { $0.components[0].kind = .source }),
            ("components.docs.sources", [.system], { $0.components[0].sources = [Array("/x".utf8)] }),
            ("components.docs.exclude", [.system], { $0.components[0].exclusions = ["*.o"] }),
            ("components.docs.exclude-caches", [.system], { $0.components[0].excludesCaches = true }),
            ("components.docs.one-file-system", [.system], { $0.components[0].staysOnFileSystem = true }),
            ("components.docs.personal-data", [.regulatory], { $0.components[0].holdsPersonalData = true }),
            ("components.docs.criticality", [.system], { $0.components[0].criticality = .critical }),
            ("components.docs.schedule", [.system], { $0.components[0].jobs[0].schedule = .every(.seconds(60)) }),
            ("components.docs.retention", [.regulatory], { $0.components[0].retention.last = 1 }),
            ("components.docs.objectives.rpo", [.system], { $0.components[0].objectives.recoveryPoint = .seconds(1) }),
            ("components.docs.objectives.rto", [.system], { $0.components[0].objectives.recoveryTime = .seconds(1) }),
            ("components.docs.hooks.freeze", [.system], { $0.components[0].hooks.freeze = ["sync"] }),
            ("components.docs.hooks.thaw", [.system], { $0.components[0].hooks.thaw = ["sync"] }),
            ("components.docs.hooks.after", [.system], { $0.components[0].hooks.after = ["sync"] }),
            ("components.docs.hooks.timeout", [.system], { $0.components[0].hooks.timeout = .seconds(1) }),
            ("components.docs.hooks.longest-freeze", [.system], { $0.components[0].hooks.longestFreeze = .seconds(1) }),
            ("components.docs.health", [.system], { $0.components[0].health = ["sync"] }),
            ("components.docs.store", [.system], { $0.components[0].store = "x" }),
            ("components", [.system], { $0.components.reverse() }),
            ("components.src", [.system], { $0.components.removeLast() }),
            ("stores.primary.site", [.system], { $0.stores[0].site = "there" }),
            ("stores.primary.location", [.system], { $0.stores[0].location = "/srv/other" }),
            ("stores.primary.location", [.system, .technology], { $0.stores[0].location = "s3://b/p?endpoint=x" }),
            ("stores.primary.immutability", [.security], { $0.stores[0].immutability = .none }),
            (
                "stores.copy", [.system],
                { $0.stores.append(.init(name: "copy", role: .secondary, site: "s", location: "/c")) }
            ),
            (
                "stores.tape", [.system, .technology],
                { $0.stores.append(.init(name: "tape", role: .offline, site: "s", location: "")) }
            ),
            ("stores.primary", [.system, .technology], { $0.stores = [] }),
            ("upkeep.verify", [.system], { $0.upkeep.verify = .every(.seconds(60)) }),
            ("upkeep.forget", [.regulatory], { $0.upkeep.forget = .every(.seconds(60)) }),
            ("upkeep.collect", [.system], { $0.upkeep.collect = .every(.seconds(60)) }),
            ("upkeep.passphrase-file", [.security], { $0.upkeep.passphraseFile = "/p" }),
            ("upkeep.recipient-file", [.security], { $0.upkeep.recipientFile = "/r" }),
            ("contacts.a", [.security], { $0.contacts = [] }),
            ("contacts.a.roles", [.security], { $0.contacts[0].roles = ["b"] }),
            ("contacts.a.channels", [.security], { $0.contacts[0].channels = [.command(["tell"])] }),
            ("notifications.routes", [.security], { $0.notifications.routes = [.init(from: .info, to: ["a"])] }),
            ("notifications.digest", [.security], { $0.notifications.digestBelow = .critical }),
            ("notifications.success-report", [.security], { $0.notifications.successReport = .every(.seconds(60)) }),
            ("reviews.strategy", [.regulatory], { $0.reviews = [] }),
            ("reviews.strategy.owners", [.regulatory], { $0.reviews[0].owners = [] }),
            ("drills.restore-test.schedule", [.regulatory], { $0.drills[0].schedule = .every(.seconds(60)) }),
            ("drills.restore-test.components", [.regulatory], { $0.drills[0].components = ["docs"] }),
        ]
        for (path, aspects, edit) in edits {
            let difference = change(edit)
            #expect(difference.changes.map(\.path) == [path])
            #expect(difference.aspects == aspects, "\(path)")
            #expect(difference.reviewsRaised.map(\.name) == aspects.map(\.rawValue), "\(path)")
        }
    }

    @Test func changesAreSaidInWords() {
        let difference = change { strategy in
            strategy.components[0].retention = RetentionPolicy(daily: 3)
            strategy.components[1].exclusions = ["*.o"]
            strategy.stores[0].location = "sftp://host/srv"
            strategy.contacts = []
        }
        #expect(
            difference.changes.map(\.text) == [
                "components.docs.retention: '7 daily, 4 weekly, 12 monthly, 7 yearly' became '3 daily'",
                "components.src.exclude: '*.o' was added",
                "stores.primary.location: '/srv/primary' became 'sftp://host/srv'",
                "contacts.a was removed",
            ])
        #expect(
            difference.reviewsRaised.first?.reason
                == "the strategy was changed in components.src.exclude, stores.primary.location")
    }
}
