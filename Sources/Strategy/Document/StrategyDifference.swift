/// What one strategy says that another does not, whatever its file looks like (DOC-1 to DOC-4).
package struct StrategyDifference: Sendable, Equatable {
    /// What a change concerns, which says who has to look at it.
    package enum Aspect: String, Sendable, CaseIterable, Comparable {
        case system, regulatory, security, technology

        /// The strategy document's demand to bring documentation up to date.
        package var requirement: String {
            switch self {
            case .system: "DOC-1"
            case .regulatory: "DOC-2"
            case .security: "DOC-3"
            case .technology: "DOC-4"
            }
        }

        package static func < (x: Aspect, y: Aspect) -> Bool { x.requirement < y.requirement }
    }

    package struct Change: Sendable, Equatable {
        /// Such as components.documentation.retention.
        package var path: String
        /// Nil where the other side says nothing.
        package var before: String?
        package var after: String?
        /// In ascending order; not empty.
        package var aspects: [Aspect]

        /// In words.
        package var text: String {
            switch (before, after) {
            case (let before?, let after?): "\(path): '\(before)' became '\(after)'"
            case (nil, let after?): after.isEmpty ? "\(path) was added" : "\(path): '\(after)' was added"
            case (let before?, nil): before.isEmpty ? "\(path) was removed" : "\(path): '\(before)' was removed"
            case (nil, nil): path
            }
        }
    }

    package private(set) var changes: [Change] = []

    package init(from before: BackupStrategy, to after: BackupStrategy) {
        let (old, new) = (StrategyFacts(before).parts, StrategyFacts(after).parts)
        for part in new {
            if let earlier = old.first(where: { $0.path == part.path }) {
                compare(earlier, part)
            } else {
                changes.append(Change(path: part.path, before: nil, after: "", aspects: [part.concerns]))
            }
        }
        for part in old where !new.contains(where: { $0.path == part.path }) {
            changes.append(Change(path: part.path, before: "", after: nil, aspects: [part.concerns]))
        }
        compareOrder(before, after)
        markTechnology(before, after)
    }

    private mutating func compare(_ before: StrategyFacts.Part, _ after: StrategyFacts.Part) {
        let prefix = after.path.isEmpty ? "" : after.path + "."
        for fact in after.facts {
            let earlier = before.facts.first { $0.name == fact.name }?.value
            guard earlier != fact.value else { continue }
            changes.append(
                Change(path: prefix + fact.name, before: earlier, after: fact.value, aspects: [fact.concerns]))
        }
        for fact in before.facts where !after.facts.contains(where: { $0.name == fact.name }) {
            changes.append(
                Change(path: prefix + fact.name, before: fact.value, after: nil, aspects: [fact.concerns]))
        }
    }

    /// Components are backed up in their order.
    private mutating func compareOrder(_ before: BackupStrategy, _ after: BackupStrategy) {
        let kept = before.components.map(\.name).filter { after.component($0) != nil }
        let now = after.components.map(\.name).filter { before.component($0) != nil }
        guard kept != now else { return }
        changes.append(
            Change(
                path: "components", before: kept.joined(separator: ", "), after: now.joined(separator: ", "),
                aspects: [.system]))
    }

    /// Another sort of store than there was, or one that there is no longer.
    private mutating func markTechnology(_ before: BackupStrategy, _ after: BackupStrategy) {
        for index in changes.indices {
            let names = changes[index].path.split(separator: ".")
            guard names.count >= 2, names[0] == "stores", names.count == 2 || names[2] == "location" else { continue }
            let (old, new) = (before.store(String(names[1])), after.store(String(names[1])))
            let isKnown = before.stores.contains { $0.technology == new?.technology }
            let isKept = after.stores.contains { $0.technology == old?.technology }
            let isOther = old != nil && new != nil && old?.technology != new?.technology
            if isOther || old == nil && !isKnown || new == nil && !isKept { changes[index].aspects.append(.technology) }
        }
    }

    package var aspects: [Aspect] {
        Aspect.allCases.filter { aspect in changes.contains { $0.aspects.contains(aspect) } }
    }

    /// One for each aspect, named for it.
    package var reviewsRaised: [(name: String, reason: String)] {
        aspects.map { aspect in
            let touching = changes.filter { $0.aspects.contains(aspect) }
            let named = touching.prefix(3).map(\.path).joined(separator: ", ")
            let more = touching.count > 3 ? " and \(touching.count - 3) more" : ""
            return (aspect.rawValue, "the strategy was changed in \(named)\(more)")
        }
    }
}

extension StorePlan {
    /// What sort of store it is: media, a directory, or the kind of server.
    package var technology: String {
        if role == .offline { return "media" }
        if location.hasPrefix("/") { return "directory" }
        return String(location.prefix { $0 != ":" })
    }
}
