import TransparencyLog

/// Where the acts are that a search found, and not what they say: a million of them take some MiB.
package struct FoundActs: Sendable {
    /// The numbers of their first entries, the newest first.
    private(set) var intents: [UInt64] = []
    /// How many of `ends` belong to each.
    private(set) var endCounts: [UInt32] = []
    private(set) var ends: [UInt64] = []
    /// Entries of a newer version, which were passed over.
    package fileprivate(set) var unread: UInt64 = 0

    package var count: Int { intents.count }

    fileprivate mutating func add(_ act: AuditedAct) {
        intents.append(act.number)
        endCounts.append(UInt32(act.ends.count))
        ends += act.ends.map(\.number)
    }
}

extension AuditBook {
    /// The newest acts that match, `limit` at most.
    package func find(_ search: AuditSearch, limit: Int = .max) throws -> FoundActs {
        var found = FoundActs()
        // An end stands behind its beginning: read from the end, it is known before, and only those of acts whose beginning is still to come are kept.
        var ends: [UInt64: [AuditedAct.End]] = [:]
        guard tree.size > 0 else { return found }
        do {
            let tiles = try reader.tiles()
            for bundle in (0...(tree.size - 1) / 256).reversed() {
                for (offset, bytes) in try tiles.entries(bundle: bundle).enumerated().reversed() {
                    let number = bundle * 256 + UInt64(offset)
                    guard let entry = try? AuditEntry(parsing: bytes) else {
                        found.unread += 1
                        continue
                    }
                    switch entry.content {
                    case .outcome(let outcome):
                        ends[outcome.intent, default: []].append(
                            AuditedAct.End(number: number, entry: entry, outcome: outcome))
                    case .intent(let intent):
                        let act = AuditedAct(
                            number: number, entry: entry, intent: intent,
                            ends: (ends.removeValue(forKey: number) ?? []).reversed())
                        guard search.matches(act) else { continue }
                        found.add(act)
                        if found.count == limit { return found }
                    }
                }
            }
        } catch {
            throw AuditFailure.of(error, place)
        }
        return found
    }

    /// Hands what was found to `body`, the oldest first, one at a time.
    package func forEach(_ found: FoundActs, _ body: (AuditedAct) throws -> Void) throws {
        guard found.count > 0 else { return }
        let pages = EntryPages(try tiles())
        var rest = found.ends[...]
        for (number, count) in zip(found.intents, found.endCounts).reversed() {
            let numbers = rest.suffix(Int(count))
            rest = rest.dropLast(Int(count))
            let act: AuditedAct?
            do { act = try self.act(number, numbers, pages) } catch { throw AuditFailure.of(error, place) }
            if let act { try body(act) }
        }
    }

    private func tiles() throws -> TileReader {
        do { return try reader.tiles() } catch { throw AuditFailure.of(error, place) }
    }

    private func act(_ number: UInt64, _ ends: ArraySlice<UInt64>, _ pages: EntryPages) throws -> AuditedAct? {
        pages.moveOn(to: number)
        let entry = try AuditEntry(parsing: pages.entry(number))
        guard case .intent(let intent) = entry.content else { return nil }
        var act = AuditedAct(number: number, entry: entry, intent: intent, ends: [])
        for end in ends {
            let entry = try AuditEntry(parsing: pages.entry(end))
            guard case .outcome(let outcome) = entry.content else { continue }
            act.ends.append(AuditedAct.End(number: end, entry: entry, outcome: outcome))
        }
        return act
    }
}

/// Entries that are read from the first to the last, and now and then one far ahead: an end is mostly near its beginning, so that few are kept.
private final class EntryPages {
    private static let most = 16
    private let tiles: TileReader
    private var kept: [UInt64: [[UInt8]]] = [:]

    init(_ tiles: TileReader) { self.tiles = tiles }

    private var first: UInt64 = 0

    /// Nothing before it is asked for again.
    func moveOn(to number: UInt64) {
        guard number / 256 != first else { return }
        first = number / 256
        kept = kept.filter { $0.key >= first }
    }

    func entry(_ number: UInt64) throws -> [UInt8] {
        let bundle = number / 256
        if let known = kept[bundle] { return known[Int(number % 256)] }
        let entries = try tiles.entries(bundle: bundle)
        // What is furthest ahead is needed last.
        if kept.count >= Self.most, let last = kept.keys.max() { kept[last] = nil }
        kept[bundle] = entries
        return entries[Int(number % 256)]
    }
}
