import Strategy

/// What no single part of the file can know.
struct Coherence {
    private let strategy: BackupStrategy
    private let ledger: Ledger

    init(_ strategy: BackupStrategy, _ ledger: Ledger) { (self.strategy, self.ledger) = (strategy, ledger) }

    func check() {
        let primaries = strategy.stores.filter { $0.role == .primary }.map(\.name)
        if primaries.isEmpty, !strategy.stores.isEmpty {
            add("stores", "none is of the role primary, so there is nowhere to back up to")
        }
        for store in strategy.stores where store.role != .primary {
            guard let source = store.copyOf, !primaries.contains(source) else { continue }
            add(
                "stores.\(store.name).copy-of",
                "there is no primary store '\(Entry.clipped(source))'; \(Spelling.hint(source, among: primaries))")
        }
        checkPlaces()
        checkMail()
        for component in strategy.components { checkSources(component) }
    }

    private func checkMail() {
        let sendsMail = strategy.contacts.contains {
            $0.channels.contains { if case .email = $0 { true } else { false } }
        }
        guard sendsMail, strategy.notifications.mailServer == nil, ledger.places["notifications.mail"] == nil else {
            return
        }
        let text =
            "contacts have e-mail addresses, and there is no mail server: {mail: {server: smtps://HOST:465, from: …}}"
        add("notifications", ledger.places["notifications"] == nil ? "is missing: " + text : text)
    }

    private func checkPlaces() {
        for (index, store) in strategy.stores.enumerated() where !store.location.isEmpty {
            for other in strategy.stores[..<index] where other.location == store.location {
                add(
                    "stores.\(store.name).location",
                    "is where the store '\(other.name)' is; a copy has a place of its own")
            }
        }
    }

    private func checkSources(_ component: ComponentPlan) {
        for (index, source) in component.sources.enumerated() {
            let text = String(decoding: source, as: UTF8.self)
            let path = "components.\(component.name).sources[\(index + 1)]"
            for store in strategy.stores where store.location.hasPrefix("/") {
                if (text + "/").hasPrefix(store.location + "/") {
                    add(path, "lies inside the store '\(store.name)': backups of it would hold backups")
                } else if component.store != store.name, holds(source, store, component.exclusions) {
                    warn(
                        path,
                        "the store '\(store.name)' lies in it, at \(store.location): backups would hold backups, and each makes the next one larger; move the store, or leave it out with 'exclude'"
                    )
                }
            }
        }
    }

    /// Whether a backup of `source` takes the store with it. Its own repository each backup leaves out by itself.
    private func holds(_ source: [UInt8], _ store: StorePlan, _ exclusions: [String]) -> Bool {
        let names = store.location.utf8.split(separator: 0x2F)
        let above = source.split(separator: 0x2F)
        guard above.count < names.count, zip(above, names).allSatisfy({ $0.elementsEqual($1) }) else { return false }
        let left = names.dropFirst(above.count).map { String(decoding: $0, as: UTF8.self) }
        let prefixes = left.indices.map { left[...$0].joined(separator: "/") }
        return exclusions.allSatisfy { pattern in
            let plain = pattern.split(separator: "/").joined(separator: "/")
            return !prefixes.contains(plain) && !left.contains(plain)
        }
    }

    private func add(_ path: String, _ text: String) {
        ledger.add(problem(path, text))
    }

    private func warn(_ path: String, _ text: String) { ledger.warn(problem(path, text)) }

    private func problem(_ path: String, _ text: String) -> StrategyProblem {
        let parent = String(path.prefix { $0 != "[" })
        let place = ledger.places[path] ?? ledger.places[parent] ?? (1, 1)
        return StrategyProblem(line: place.line, column: place.column, path: path, text: text)
    }
}
