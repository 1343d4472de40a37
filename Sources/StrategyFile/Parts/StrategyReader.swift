import Strategy

/// The file as a whole. docs/strategy.md is its manual.
struct StrategyReader {
    static let keys = [
        "strategy", "project", "timezone", "root", "defaults", "stores", "components", "upkeep", "contacts",
        "notifications", "reviews", "drills", "emergency",
    ]

    private let top: Members
    private let ledger: Ledger
    private let base: [UInt8]
    private let knowsZone: (String) -> Bool

    init(_ entry: Entry, base: [UInt8], knowsZone: @escaping (String) -> Bool) {
        top = entry.members(Self.keys, "a group of keys such as project, stores and components")
        (ledger, self.base, self.knowsZone) = (entry.ledger, base, knowsZone)
    }

    /// As much as can be read. Nil only where there is no project.
    func read() -> BackupStrategy? {
        checkVersion()
        let stores = storePlans()
        let project = top.required("project", "the name that exports bear, such as 'project: iqhis'")
        guard let name = project.flatMap({ entry in entry.text().flatMap(entry.name) }) else {
            _ = components(stores)
            return nil
        }
        var strategy = BackupStrategy(project: name)
        if let zone = top["timezone"], let text = zone.text("a time zone such as Europe/Berlin") {
            strategy.timeZone = zoneName(text, zone)
        }
        strategy.stores = stores.map(\.plan)
        strategy.components = components(stores)
        if let upkeep = top["upkeep"] { strategy.upkeep = UpkeepReader(upkeep, base: base).read() }
        strategy.contacts = ContactReader(base: base).read(top["contacts"])
        if let entry = top["notifications"] {
            strategy.notifications = NotificationReader(entry, base: base, contacts: strategy.contacts).read()
        }
        strategy.reviews = reviews(strategy.contacts)
        strategy.drills = drills(strategy.components)
        if let entry = top["emergency"] {
            strategy.emergency = EmergencyReader(entry, components: strategy.components).read()
        }
        return strategy
    }

    private func checkVersion() {
        guard let entry = top.required("strategy", "the version of this layout, 'strategy: 1'"),
            let version = entry.text()
        else { return }
        if version != "1" { entry.problem("is '\(Entry.clipped(version))'; this program reads version 1") }
    }

    /// What the tz database may call one, and this system's does.
    private func zoneName(_ text: String, _ entry: Entry) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isName =
            !text.isEmpty && text.utf8.count <= 64
            && parts.allSatisfy { part in
                !part.isEmpty && part.first != "." && part.first != "-"
                    && part.utf8.allSatisfy {
                        UInt8(ascii: "0") <= $0 && $0 < 0x7B && $0 != 0x5C && $0 != 0x3A || $0 == 0x2B || $0 == 0x2D
                    }
            }
        if !isName {
            entry.problem("'\(Entry.clipped(text))' is no time zone; 'UTC' or a name such as 'Europe/Berlin' is meant")
        } else if !knowsZone(text) {
            entry.problem(
                "this system knows no time zone '\(text)'; 'UTC' or a name such as 'Europe/Berlin' is meant, and all but UTC need the package tzdata"
            )
        }
        return text
    }

    private func storePlans() -> [(plan: StorePlan, entry: Entry)] {
        guard let entry = top.required("stores", "where backups are kept, one of them of the role primary") else {
            return []
        }
        let named = entry.named("a group of stores by their names, such as {primary: {role: primary, …}}")
        if named.isEmpty { entry.problem("names no store; one of the role primary is needed") }
        return named.all.compactMap { name, entry in
            StoreReader(name, entry, base: base).read().map { ($0, entry) }
        }
    }

    private func components(_ stores: [(plan: StorePlan, entry: Entry)]) -> [ComponentPlan] {
        let root = top["root"].flatMap { $0.path(from: base) } ?? base
        let defaults = ComponentDefaults(top["defaults"])
        guard
            let entry = top.required(
                "components", "what is protected, such as 'docs: {kind: documentation, sources: [docs]}'")
        else { return [] }
        let named = entry.named("a group of components by their names, such as {docs: {kind: documentation, …}}")
        if named.isEmpty { entry.problem("names no component; at least one is needed") }
        return named.all.compactMap { name, entry in
            ComponentReader(name, entry, root: root, base: base, defaults: defaults, stores: stores.map(\.plan)).read()
        }
    }

    private func reviews(_ contacts: [Contact]) -> [ReviewPlan] {
        guard let entry = top["reviews"] else { return [] }
        return entry.named("a group of reviews by their names, such as {strategy: {schedule: …}}").all.compactMap {
            name, entry in
            let members = entry.members(
                ["schedule", "owners"], "a review such as {schedule: yearly on 01-15, owners: [backup-administrator]}")
            let owners = members["owners"].map { $0.people(contacts) } ?? []
            guard
                let schedule = members.required("schedule", "when it is due, such as 'monthly on 1 at 08:00'")?
                    .calendar()
            else { return nil }
            return ReviewPlan(name: name, schedule: schedule, owners: owners)
        }
    }

    private func drills(_ components: [ComponentPlan]) -> [DrillPlan] {
        guard let entry = top["drills"] else { return [] }
        let kinds = DrillPlan.Kind.allCases.map(\.rawValue)
        let members = entry.members(kinds, "a group of drills by their kinds (\(kinds.joined(separator: ", ")))")
        return members.all.compactMap { kind, entry in
            let members = entry.members(
                ["schedule", "components"], "a drill such as {schedule: monthly on 2 at 02:00}")
            let names = components.map(\.name)
            let chosen = members["components"]?.items().compactMap { $0.reference(to: "component", among: names) } ?? []
            guard
                let schedule = members.required("schedule", "when it is due, such as 'quarterly on 1 at 08:00'")?
                    .calendar(),
                let kind = DrillPlan.Kind(rawValue: kind)
            else { return nil }
            return DrillPlan(kind: kind, schedule: schedule, components: chosen)
        }
    }
}

extension Entry {
    /// A schedule by the calendar.
    func calendar() -> Schedule? {
        guard let schedule = schedule() else { return nil }
        guard case .onChange = schedule else { return schedule }
        problem("'on-change' is for backups of components; a schedule such as 'monthly on 1 at 08:00' is meant")
        return nil
    }

    /// A name that stands elsewhere in the file.
    func reference(to what: String, among names: [String]) -> String? {
        guard let text = text("the name of a \(what)") else { return nil }
        if names.contains(text) { return text }
        problem("there is no \(what) '\(Entry.clipped(text))'; \(Spelling.hint(text, among: names))")
        return nil
    }

    /// Roles or names of contacts.
    func people(_ contacts: [Contact]) -> [String] {
        var known: [String] = []
        for name in contacts.flatMap({ [$0.name] + $0.roles }) where !known.contains(name) { known.append(name) }
        return items("a list of contacts or roles such as [backup-administrator]").compactMap {
            $0.reference(to: "contact or role", among: known)
        }
    }

    /// Such, and at least one of them.
    func somebody(_ contacts: [Contact]) -> [String] {
        if isEmptyList { problem("names nobody; give names or roles of contacts") }
        return people(contacts)
    }

    /// Absolute and normalised; relative ones from `base`.
    func path(from base: [UInt8]) -> [UInt8]? {
        guard let text = text("a path") else { return nil }
        guard !text.isEmpty, !text.utf8.contains(0), text.first != "~" else {
            problem(
                "'\(Entry.clipped(text))' is no path; give one that is absolute or relative to this file ('~' stands for nothing here)"
            )
            return nil
        }
        let whole = text.hasPrefix("/") ? Array(text.utf8) : base + [0x2F] + Array(text.utf8)
        var parts: [ArraySlice<UInt8>] = []
        for part in whole.split(separator: 0x2F) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        return [0x2F] + Array(parts.joined(separator: [0x2F]))
    }

    func pathText(from base: [UInt8]) -> String? { path(from: base).map { String(decoding: $0, as: UTF8.self) } }
}
