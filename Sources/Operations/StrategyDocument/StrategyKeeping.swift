import Catalog
import Primitives
import Strategy

/// A strategy that comes into force is written down: what it says, since when, who brought it, what it changed. Changes raise reviews
/// (DOC-1 to DOC-4).
package enum StrategyKeeping {
    package struct Change: Sendable, Equatable {
        /// In words, one a line; empty for the first strategy that this host knows.
        package var changes: [String]
        package var reviews: [ReviewEntry]
    }

    /// What an earlier one said, if another one was in force before.
    package static func newest(_ catalog: CatalogDatabase) throws -> StrategyVersion? {
        try catalog.strategyVersions().first
    }

    /// As everybody does who begins to follow a strategy.
    @discardableResult
    package static func take(
        _ loaded: LoadedStrategy, by user: String, at now: Timestamp, into catalog: CatalogDatabase
    )
        throws -> Change?
    {
        try take(
            digest: loaded.digest, file: loaded.file, text: loaded.text, by: user, at: now, into: catalog,
            compare: { compare($0, with: loaded) })
    }

    /// Nil when it is the one in force already. `compare` says in words what differs from the text before, and which reviews that calls for.
    package static func take(
        digest: Digest32, file: String, text: String, by user: String, at now: Timestamp, into catalog: CatalogDatabase,
        compare: (_ before: String) -> (changes: [String], reviews: [(name: String, reason: String)])
    ) throws -> Change? {
        let before = try newest(catalog)
        guard before?.digest != digest else { return nil }
        let found = before.map { compare($0.text) } ?? (changes: [], reviews: [])
        try catalog.add(
            StrategyVersion(digest: digest, time: now, user: user, file: file, text: text, changes: found.changes))
        var reviews: [ReviewEntry] = []
        for review in found.reviews {
            let entry = ReviewEntry(name: review.name, reason: review.reason, due: now)
            if try catalog.raise(entry) { reviews.append(entry) }
        }
        return Change(changes: found.changes, reviews: reviews)
    }

    /// What became of the strategy whose text was `before`. One that this version cannot read any more is a change of everything.
    package static func compare(_ before: String, with now: LoadedStrategy) -> (
        changes: [String], reviews: [(name: String, reason: String)]
    ) {
        guard let old = try? LoadStrategy.read(Array(before.utf8), file: now.file) else {
            let reason = "the strategy was written anew: this version of the program cannot read the one before"
            return ([reason], StrategyDifference.Aspect.allCases.map { ($0.rawValue, reason) })
        }
        let difference = StrategyDifference(from: old.strategy, to: now.strategy)
        let changes = difference.changes.map(\.text)
        return (changes.isEmpty ? ["only words, order and layout"] : changes, difference.reviewsRaised)
    }

    /// Another version of the program is a change of technology (DOC-4).
    package static func takeSoftware(_ software: String, at now: Timestamp, into catalog: CatalogDatabase) throws
        -> ReviewEntry?
    {
        let before = try catalog.notes()["software"]?.value
        guard before != software else { return nil }
        try catalog.note("software", software, at: now)
        guard let before else { return nil }
        let entry = ReviewEntry(name: "technology", reason: "\(before) was replaced by \(software)", due: now)
        return try catalog.raise(entry) ? entry : nil
    }
}
