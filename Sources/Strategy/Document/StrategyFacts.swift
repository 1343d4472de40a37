/// What a strategy says, as parts with names and facts with names, in words: for comparing.
struct StrategyFacts {
    struct Part {
        /// Such as components.documentation.
        var path: String
        /// What kind of thing it is, for "was added".
        var concerns: StrategyDifference.Aspect
        /// False for a part of the file that is always there in some way.
        var comesAndGoes = true
        var facts: [Fact] = []

        mutating func add(_ name: String, _ value: String?, _ concerns: StrategyDifference.Aspect? = nil) {
            if let value { facts.append(Fact(name: name, value: value, concerns: concerns ?? self.concerns)) }
        }
    }

    struct Fact {
        var name: String
        var value: String
        var concerns: StrategyDifference.Aspect
    }

    private(set) var parts: [Part] = []

    init(_ strategy: BackupStrategy) {
        parts.append(Self.whole(strategy))
        parts += strategy.components.map(Self.part)
        parts += strategy.stores.map(Self.part)
        parts.append(Self.part(strategy.upkeep))
        parts += strategy.contacts.map(Self.part)
        parts.append(Self.part(strategy.notifications))
        parts += strategy.reviews.map(Self.part)
        parts += strategy.drills.map(Self.part)
        parts += strategy.emergency.services.map(Self.part)
        parts += strategy.emergency.isolation.map(Self.part)
    }

    private static func whole(_ strategy: BackupStrategy) -> Part {
        var part = Part(path: "", concerns: .system, comesAndGoes: false)
        part.add("project", strategy.project)
        part.add("timezone", strategy.timeZone)
        return part
    }

    private static func part(_ component: ComponentPlan) -> Part {
        var part = Part(path: "components.\(component.name)", concerns: .system)
        part.add("kind", component.kind.rawValue)
        part.add("sources", list(component.sources.map { String(decoding: $0, as: UTF8.self) }))
        for stream in component.streams { part.add(stream) }
        for database in component.postgres { part.add(database) }
        for database in component.sqlite { part.add(database) }
        if let server = component.baseBackup { part.add(server) }
        part.add("exclude", list(component.exclusions))
        part.add("exclude-caches", component.excludesCaches ? "yes" : "no")
        part.add("one-file-system", component.staysOnFileSystem ? "yes" : "no")
        part.add("delta", component.storesDeltas ? "yes" : "no")
        part.add("criticality", component.criticality.rawValue)
        part.add("personal-data", component.holdsPersonalData ? "yes" : "no", .regulatory)
        part.add("schedule", list(component.jobs.map { "\($0.mode.rawValue) \($0.schedule)" }))
        part.add("retention", component.retention.words, .regulatory)
        part.add("objectives.rpo", component.objectives.recoveryPoint.map(DurationText.text))
        part.add("objectives.rto", component.objectives.recoveryTime.map(DurationText.text))
        part.add("hooks.freeze", command(component.hooks.freeze))
        part.add("hooks.thaw", command(component.hooks.thaw))
        part.add("hooks.after", command(component.hooks.after))
        part.add("hooks.timeout", DurationText.text(component.hooks.timeout))
        part.add("hooks.longest-freeze", DurationText.text(component.hooks.longestFreeze))
        part.add("health", command(component.health))
        part.add("store", component.store)
        return part
    }

    private static func part(_ store: StorePlan) -> Part {
        var part = Part(path: "stores.\(store.name)", concerns: .system)
        part.add("role", store.role.rawValue)
        part.add("site", store.site)
        part.add("location", store.location.isEmpty ? nil : store.location)
        part.add("copy-of", store.copyOf)
        part.add("schedule", store.schedule.map { "\($0)" })
        part.add("immutability", store.immutability.rawValue, .security)
        return part
    }

    private static func part(_ upkeep: UpkeepPlan) -> Part {
        var part = Part(path: "upkeep", concerns: .system, comesAndGoes: false)
        part.add("verify", upkeep.verify.map { "\($0)" })
        part.add("forget", upkeep.forget.map { "\($0)" }, .regulatory)
        part.add("collect", upkeep.collect.map { "\($0)" })
        part.add("passphrase-file", upkeep.passphraseFile, .security)
        part.add("recipient-file", upkeep.recipientFile, .security)
        return part
    }

    private static func part(_ review: ReviewPlan) -> Part {
        var part = Part(path: "reviews.\(review.name)", concerns: .regulatory)
        part.add("schedule", "\(review.schedule)")
        part.add("owners", list(review.owners))
        return part
    }

    private static func part(_ drill: DrillPlan) -> Part {
        var part = Part(path: "drills.\(drill.kind.rawValue)", concerns: .regulatory)
        part.add("schedule", "\(drill.schedule)")
        part.add("components", drill.components.isEmpty ? "all" : list(drill.components))
        return part
    }

    private static func part(_ service: ServicePlan) -> Part {
        var part = Part(path: "emergency.services.\(service.name)", concerns: .system)
        part.add("stop", command(service.stop))
        part.add("start", command(service.start))
        part.add("check", command(service.check))
        part.add("components", service.components.isEmpty ? "all" : list(service.components))
        part.add("needs", list(service.needs))
        return part
    }

    private static func part(_ isolation: IsolationPlan) -> Part {
        var part = Part(path: "emergency.isolate.\(isolation.name)", concerns: .security)
        part.add("command", command(isolation.command))
        return part
    }

    /// So that two words and one of two parts differ.
    static func command(_ words: [String]) -> String? { words.isEmpty ? nil : list(words.map { "'\($0)'" }) }
    static func list(_ texts: [String]) -> String? { texts.isEmpty ? nil : texts.joined(separator: ", ") }
}

extension RetentionPolicy {
    /// Such as "7 daily, 4 weekly"; "nothing" where it keeps nothing.
    package var words: String {
        let parts = [(last, "last")] + Period.allCases.map { (counts[$0] ?? 0, $0.rawValue) }
        let kept = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return kept.isEmpty ? "nothing" : kept.joined(separator: ", ")
    }
}
