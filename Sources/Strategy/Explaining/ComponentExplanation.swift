/// What becomes of a component.
struct ComponentExplanation {
    private let strategy: BackupStrategy
    private let component: ComponentPlan
    private let times: DueTimes
    private(set) var section: Explanation.Section

    init(_ strategy: BackupStrategy, _ component: ComponentPlan, _ times: DueTimes) {
        (self.strategy, self.component, self.times) = (strategy, component, times)
        section = Explanation.Section(title: component.name)
        sayWhat()
        for job in component.jobs { say(job) }
        sayHooks()
        sayRetention()
        sayStores()
        sayPromises()
        sayWhoIsTold()
    }

    private mutating func sayWhat() {
        let programs = component.streams.map { "what \(Self.command($0.command)) prints, as '\($0.file)'" }
        let databases =
            component.postgres.map(Self.words) + component.sqlite.map { "the SQLite database \($0.path)" }
            + (component.baseBackup.map { [Self.words($0)] } ?? [])
        let sources = DueTimes.joined(
            component.sources.map { String(decoding: $0, as: UTF8.self) } + programs + databases)
        section.say(
            "Its kind is '\(component.kind.rawValue)', and it consists of \(sources).", component.kind.requirement)
        if !component.exclusions.isEmpty {
            section.say("What fits \(DueTimes.joined(component.exclusions, "or")) is left out.")
        }
        if component.holdsPersonalData {
            section.say("It has data of persons: where there is a directory of persons, nobody exports it alone.")
        }
        if component.excludesCaches { section.say("Directories that are marked as caches are left out.") }
        if component.staysOnFileSystem { section.say("What is mounted below a source is left out.") }
        if component.storesDeltas {
            section.say("What changed in its large files is stored as the difference to the version before.")
        }
        if let slot = component.baseBackup?.slot {
            section.say(
                "The server's log is received all the time by the replication slot '\(slot)', and archived as each segment is whole.",
                "REC-4")
        }
        if component.criticality != .normal { section.say("Its criticality is \(component.criticality.rawValue).") }
    }

    private static func words(_ backup: BaseBackupPlan) -> String {
        let place =
            backup.server.service.map { "of the service '\($0)'" } ?? "at \(backup.server.host ?? "the usual socket")"
        let log = backup.log == .include ? "with the log that it needs" : "whose log is archived apart from it"
        let way = backup.dataDirectory.map { ", read in \($0)" } ?? ""
        return "the data directory of the PostgreSQL server \(place)\(way), copied page by page (\(log))"
    }

    private static func words(_ database: PostgresPlan) -> String {
        let parts = database.selections.map { "its \($0.name)" }
        let all = (database.isWhole ? ["the whole of it"] : []) + parts
        return
            "the PostgreSQL database '\(database.database)' as pg_dump dumps it (\(DueTimes.joined(all)), all of one moment)"
    }

    private mutating func say(_ job: BackupJob) {
        let isDatabase = component.kind == .database
        switch job.mode {
        case .full:
            section.say(
                "In full, every byte read again: \(times.text(job.schedule)).", isDatabase ? "SCHED-4" : "SCHED-1")
        case .incremental:
            let how =
                component.isStreamed
                ? "Anew, of which what is stored already takes no room"
                : "Incrementally, unchanged files recognised without reading them"
            section.say(
                "\(how): \(times.text(job.schedule)).",
                isDatabase ? "SCHED-4" : "SCHED-2")
        case .change:
            guard case .onChange(let pace) = job.schedule else { return }
            section.say(
                "On every change: once nothing has changed for \(DurationText.text(pace.quiet)), and at the latest \(DurationText.text(pace.longest)) after the first change.",
                "SCHED-3")
        }
    }

    private mutating func sayHooks() {
        let hooks = component.hooks
        let limit = DurationText.text(hooks.timeout)
        if !hooks.freeze.isEmpty {
            section.say("Before it is read, \(Self.command(hooks.freeze)) runs for \(limit) at most.")
        }
        if !hooks.thaw.isEmpty {
            section.say(
                "When it was read, however that ended, and at the latest \(DurationText.text(hooks.longestFreeze)) after it was frozen, \(Self.command(hooks.thaw)) runs."
            )
        }
        if !hooks.after.isEmpty {
            section.say("When its backup was finished, or was not, \(Self.command(hooks.after)) runs.")
        }
        if !component.health.isEmpty {
            section.say(
                "When all of it was restored for a test or a drill, \(Self.command(component.health)) says whether it can be used.",
                "VER-4")
        }
    }

    private static func command(_ words: [String]) -> String { "'\(words.joined(separator: " "))'" }

    private mutating func sayRetention() {
        let policy = component.retention
        if policy.last > 0 { section.say("The newest \(policy.last) backups are kept.") }
        let units: [RetentionPolicy.Period: (one: String, many: String, requirement: String)] = [
            .daily: ("day", "days", "RET-1"), .weekly: ("week", "weeks", "RET-2"),
            .monthly: ("month", "months", "RET-3"), .yearly: ("year", "years", "RET-4"),
        ]
        for period in RetentionPolicy.Period.allCases {
            guard let unit = units[period], let count = policy.counts[period], count > 0 else { continue }
            let span = count == 1 ? "the newest \(unit.one)" : "each of the newest \(count) \(unit.many)"
            section.say(
                "Of \(span) that \(count == 1 ? "has" : "have") backups, the newest one is kept.", unit.requirement)
        }
        if strategy.upkeep.forget == nil {
            section.say(
                "This host's daemon drops nothing: whoever holds a key of an administrator does, with 'safehold forget'."
            )
        }
    }

    private mutating func sayStores() {
        guard let store = strategy.store(component.store) else { return }
        let requirement = store.technology == "directory" ? "LOC-5" : "LOC-1"
        section.say("It is backed up to '\(store.name)' at \(store.site): \(store.location).", requirement)
        if store.immutability != .none {
            section.say("What is there cannot be removed too early (\(store.immutability.rawValue)).", "LOC-3")
        }
        let copies = strategy.stores.filter { $0.copyOf == store.name }
        if copies.isEmpty {
            section.say("There is no other copy of it: what happens to '\(store.name)' happens to all backups.")
        }
        for copy in copies { say(copy, of: store) }
    }

    private mutating func say(_ copy: StorePlan, of store: StorePlan) {
        let place = copy.site == store.site ? "at the same site" : "at another site, \(copy.site)"
        let rhythm = copy.schedule.map { ": " + times.text($0) } ?? ", when somebody puts one in"
        if copy.role == .offline {
            section.say("Copied to media '\(copy.name)', kept \(place)\(rhythm).", "LOC-6", "LOC-7")
        } else {
            section.say("Copied to '\(copy.name)' \(place)\(rhythm).", "LOC-2", "LOC-7")
        }
    }

    private mutating func sayPromises() {
        if let point = component.objectives.recoveryPoint {
            section.say(
                "Promised: the newest backup is to be no older than \(DurationText.text(point)); somebody is told when it is."
            )
        }
        if let time = component.objectives.recoveryTime {
            section.say("Promised: it is restored within \(DurationText.text(time)).")
        }
    }

    private mutating func sayWhoIsTold() {
        let routing = Routing(plan: strategy.notifications, contacts: strategy.contacts)
        let told = routing.recipients(
            of: Event(.backupFailed, component.name, .error, at: times.now, ""))
        section.say(
            told.isEmpty
                ? "Nobody is told when its backup fails."
                : "When its backup fails, \(DueTimes.joined(told)) \(told.count == 1 ? "is" : "are") told.",
            "CON-1")
        for step in strategy.notifications.escalations where step.from <= .error {
            section.say(
                "When nobody has acknowledged that within \(DurationText.text(step.after)), \(DueTimes.joined(routing.contacts(step.to))) \(routing.contacts(step.to).count == 1 ? "is" : "are") told too.",
                "CON-2")
        }
    }
}

extension ComponentKind {
    /// COMP-1 to COMP-7.
    package var requirement: String { "COMP-\((Self.allCases.firstIndex(of: self) ?? 0) + 1)" }
}
