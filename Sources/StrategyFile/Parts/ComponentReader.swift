import Strategy

/// What components have that say nothing else.
struct ComponentDefaults {
    static let keys = ["schedule", "retention", "criticality", "objectives", "store", "exclude"]

    var jobs: [BackupJob]?
    var retention: RetentionPolicy?
    var criticality: ComponentPlan.Criticality?
    var objectives: Objectives?
    var store: Entry?
    var exclusions: [String] = []

    init(_ entry: Entry?) {
        guard
            let members = entry?.members(
                Self.keys, "a group of what components have in common, such as {retention: iqhis}")
        else { return }
        jobs = members["schedule"].map { $0.jobs() }
        retention = members["retention"]?.retention()
        criticality = members["criticality"]?.word(ComponentPlan.Criticality.self)
        objectives = members["objectives"].map { $0.objectives() }
        store = members["store"]
        exclusions = members["exclude"].map { $0.patterns() } ?? []
    }
}

/// One of the components.
struct ComponentReader {
    static let keys = [
        "kind", "sources", "streams", "postgresql", "sqlite", "base-backup", "exclude", "exclude-caches",
        "one-file-system", "delta", "criticality", "personal-data", "schedule", "retention", "objectives", "hooks",
        "health", "store",
    ]

    private let name: String
    private let entry: Entry
    private let members: Members
    private let root: [UInt8]
    private let base: [UInt8]
    private let defaults: ComponentDefaults
    private let stores: [StorePlan]

    /// `root` is where relative sources lie, `base` where all other relative paths do.
    init(
        _ name: String, _ entry: Entry, root: [UInt8], base: [UInt8], defaults: ComponentDefaults, stores: [StorePlan]
    ) {
        (self.name, self.entry, self.root, self.base) = (name, entry, root, base)
        (self.defaults, self.stores) = (defaults, stores)
        members = entry.members(Self.keys, "a component such as {kind: documentation, sources: [docs]}")
    }

    func read() -> ComponentPlan? {
        let kind = members.required("kind", ComponentKind.allCases.map(\.rawValue).joined(separator: ", "))?.word(
            ComponentKind.self)
        let contents = StreamReader(members, base: base)
        let sources = contents.isGiven ? members["sources"].map { $0.sources(root) } ?? [] : required(root)
        let jobs = members["schedule"].map { $0.jobs() } ?? defaults.jobs
        if jobs == nil, members.isGroup {
            entry.problem(
                "'schedule' is missing, and 'defaults' has none: such as {full: daily at 00:00, incremental: every 4h}")
        }
        let retention = members["retention"].map { $0.retention() } ?? defaults.retention
        if retention == nil, members["retention"] == nil, members.isGroup {
            entry.problem(
                "'retention' is missing, and 'defaults' has none: such as {daily: 7, weekly: 4, monthly: 12, yearly: 7}"
            )
        }
        let store = primaryStore()
        guard let kind, let sources, let jobs, let retention, let store else { return nil }
        var component = ComponentPlan(
            name: name, kind: kind, sources: sources, jobs: jobs, retention: retention, store: store)
        component.exclusions = defaults.exclusions + (members["exclude"].map { $0.patterns() } ?? [])
        component.excludesCaches = members["exclude-caches"]?.flag() ?? false
        component.staysOnFileSystem = members["one-file-system"]?.flag() ?? false
        if let flag = members["delta"]?.flag() { component.storesDeltas = flag }
        component.criticality =
            members["criticality"]?.word(ComponentPlan.Criticality.self) ?? defaults.criticality ?? .normal
        component.holdsPersonalData = members["personal-data"]?.flag() ?? false
        component.objectives = members["objectives"].map { $0.objectives() } ?? defaults.objectives ?? Objectives()
        if let hooks = members["hooks"] { component.hooks = hooks.hooks() }
        if let health = members["health"] { component.health = health.command() }
        contents.read(into: &component)
        checkObjective(component)
        return component
    }

    private func required(_ root: [UInt8]) -> [[UInt8]]? {
        members.required(
            "sources",
            "the directories and files that it consists of (or 'streams', 'postgresql', 'sqlite' or 'base-backup' instead)"
        ).map { $0.sources(root) }
    }

    private func primaryStore() -> String? {
        let primaries = stores.filter { $0.role == .primary }.map(\.name)
        if let given = members["store"] ?? defaults.store {
            return given.reference(to: "primary store", among: primaries)
        }
        if primaries.count == 1 { return primaries[0] }
        if primaries.count > 1 {
            entry.problem("'store' is missing: there are several primary stores, \(primaries.joined(separator: ", "))")
        }
        return nil
    }

    /// A promise that the schedule cannot keep.
    private func checkObjective(_ component: ComponentPlan) {
        guard let promised = component.objectives.recoveryPoint else { return }
        var shortest: Duration?
        for job in component.jobs {
            switch job.schedule {
            case .onChange: return
            case .every(let interval): shortest = min(shortest ?? interval, interval)
            case .cron: break
            }
        }
        if let shortest, promised < shortest {
            entry.warn(
                "the recovery point objective is \(DurationText.text(promised)), and backups are \(DurationText.text(shortest)) apart: it will be exceeded between them"
            )
        }
    }
}

extension Entry {
    fileprivate func jobs() -> [BackupJob] {
        let modes = BackupJob.Mode.allCases.map(\.rawValue)
        let members = members(
            modes, "a group of schedules by modes, such as {full: daily at 00:00, incremental: every 4h},")
        let jobs = members.all.flatMap { mode, entry -> [BackupJob] in
            guard let mode = BackupJob.Mode(rawValue: mode) else { return [] }
            return entry.items("a schedule such as 'every 4h', or a list of them,").compactMap { $0.job(mode) }
        }
        if members.isEmpty { problem("has no schedule; \(modes.joined(separator: ", ")) are the modes") }
        return jobs
    }

    private func job(_ mode: BackupJob.Mode) -> BackupJob? {
        guard let schedule = schedule() else { return nil }
        if case .onChange = schedule {
            if mode != .change {
                problem("'on-change' is a schedule for 'change', not for '\(mode.rawValue)'")
                return nil
            }
        } else if mode == .change {
            problem(
                "'\(schedule)' is by the calendar; 'change' takes 'on-change', and 'incremental' a schedule like this")
            return nil
        }
        return BackupJob(mode: mode, schedule: schedule)
    }

    fileprivate func retention() -> RetentionPolicy? {
        if isText, let text = text() {
            if let preset = RetentionPolicy.presets[text] { return preset }
            problem(
                "there is no policy '\(Entry.clipped(text))'; \(Spelling.hint(text, among: RetentionPolicy.presets.keys.sorted())), or {daily: 7, …}"
            )
            return nil
        }
        let members = members(
            ["last", "daily", "weekly", "monthly", "yearly"], "how many are kept, such as {daily: 7, weekly: 4},")
        guard members.isGroup else { return nil }
        var isWhole = true
        func count(_ name: String) -> Int {
            guard let entry = members[name] else { return 0 }
            let count = entry.count()
            isWhole = isWhole && count != nil
            return count ?? 0
        }
        let policy = RetentionPolicy(
            last: count("last"), daily: count("daily"), weekly: count("weekly"), monthly: count("monthly"),
            yearly: count("yearly"))
        if policy.isEmpty, isWhole { problem("keeps nothing; give at least one number above 0, such as {daily: 7}") }
        return policy
    }

    fileprivate func objectives() -> Objectives {
        let members = members(["rpo", "rto"], "what was promised, such as {rpo: 4h, rto: 2h},")
        func positive(_ name: String) -> Duration? {
            guard let entry = members[name], let duration = entry.duration() else { return nil }
            if duration <= .zero { entry.problem("nobody can promise that; a length of time such as '4h' is meant") }
            return duration
        }
        return Objectives(recoveryPoint: positive("rpo"), recoveryTime: positive("rto"))
    }

    /// Each once; at least one.
    fileprivate func sources(_ root: [UInt8]) -> [[UInt8]] {
        var sources: [[UInt8]] = []
        let items = items("a list of paths such as [docs]")
        for item in items {
            guard let source = item.path(from: root) else { continue }
            if sources.contains(source) {
                item.problem("is a source of this component already")
            } else {
                sources.append(source)
            }
        }
        if isEmptyList { problem("names no source; a component has at least one directory or file") }
        return sources
    }

    /// Lines as in .gitignore.
    fileprivate func patterns() -> [String] { texts("a list of patterns as in .gitignore, such as ['*.tmp'],") }

    fileprivate func hooks() -> Hooks {
        let members = members(
            ["freeze", "thaw", "after", "timeout", "longest-freeze"], "a group of commands such as {freeze: [sync]}")
        var hooks = Hooks()
        if let entry = members["freeze"] { hooks.freeze = entry.command() }
        if let entry = members["thaw"] { hooks.thaw = entry.command() }
        if let entry = members["after"] { hooks.after = entry.command() }
        if let timeout = members["timeout"]?.duration() { hooks.timeout = timeout }
        hooks.longestFreeze = members["longest-freeze"]?.duration() ?? max(hooks.longestFreeze, hooks.timeout)
        if hooks.timeout <= .zero {
            members["timeout"]?.problem("leaves its commands no time; five minutes are usual, as '5min'")
        }
        if hooks.longestFreeze < hooks.timeout {
            problem(
                "'longest-freeze' is \(DurationText.text(hooks.longestFreeze)), less than the 'timeout' of \(DurationText.text(hooks.timeout)) that each command has"
            )
        }
        return hooks
    }
}
