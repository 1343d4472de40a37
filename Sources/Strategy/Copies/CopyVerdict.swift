import Primitives

/// 3-2-1-1-0: three copies, on two kinds of media, one of them at another site, one offline or immutable, and no error in any copy's
/// last verification.
package struct CopyVerdict: Sendable, Equatable {
    package enum Rule: String, Sendable, CaseIterable {
        case threeCopies = "three-copies"
        case twoKinds = "two-kinds"
        case oneElsewhere = "one-elsewhere"
        case oneOutOfReach = "one-offline-or-immutable"
        case noErrors = "no-errors"
    }

    package struct Ruling: Sendable, Equatable {
        package var rule: Rule
        package var isMet: Bool
        /// Names of the copies that fulfil the rule.
        package var copies: [String]
        /// What to do where it is not met.
        package var advice: String?
    }

    package struct Terms: Sendable, Equatable {
        /// Where the originals are.
        package var home: String
        /// A verification that is older says nothing about today.
        package var verifiedWithinDays: Int

        package init(home: String, verifiedWithinDays: Int = 92) {
            (self.home, self.verifiedWithinDays) = (home, verifiedWithinDays)
        }
    }

    package let rulings: [Ruling]
    package var isMet: Bool { rulings.allSatisfy(\.isMet) }

    package init(_ copies: [CopyFacts], terms: Terms, now: Timestamp) {
        rulings = [
            Self.threeCopies(copies), Self.twoKinds(copies), Self.oneElsewhere(copies, terms.home),
            Self.oneOutOfReach(copies), Self.noErrors(copies, terms, now),
        ]
    }

    private static func ruling(_ rule: Rule, _ isMet: Bool, _ copies: [CopyFacts], _ advice: @autoclosure () -> String)
        -> Ruling
    {
        Ruling(rule: rule, isMet: isMet, copies: copies.map(\.name), advice: isMet ? nil : advice())
    }

    private static func threeCopies(_ copies: [CopyFacts]) -> Ruling {
        let missing = 3 - copies.count
        return ruling(
            .threeCopies, missing <= 0, copies,
            missing == 1 ? "Make one more copy." : "Make \(missing) more copies.")
    }

    /// The first copy of each kind stands for it.
    private static func twoKinds(_ copies: [CopyFacts]) -> Ruling {
        var seen: Set<CopyFacts.Kind> = []
        let first = copies.filter { seen.insert($0.kind).inserted }
        let only = first.first.map { "All copies are of the kind '\($0.kind.rawValue)': keep" } ?? "Keep"
        return ruling(.twoKinds, first.count >= 2, first, "\(only) one on another kind of medium.")
    }

    private static func oneElsewhere(_ copies: [CopyFacts], _ home: String) -> Ruling {
        let elsewhere = copies.filter { $0.site != home }
        return ruling(
            .oneElsewhere, !elsewhere.isEmpty, elsewhere,
            "Every copy is at '\(home)': keep one at another site, by replication or by carrying a medium there.")
    }

    private static func oneOutOfReach(_ copies: [CopyFacts]) -> Ruling {
        let safe = copies.filter { $0.isOffline || $0.isImmutable }
        return ruling(
            .oneOutOfReach, !safe.isEmpty, safe,
            "Whoever takes over the systems can delete every copy: keep one offline ('safehold media'), or in a bucket with object lock."
        )
    }

    private static func noErrors(_ copies: [CopyFacts], _ terms: Terms, _ now: Timestamp) -> Ruling {
        let good = copies.filter { problem($0, terms, now) == nil }
        let bad = copies.compactMap { copy in problem(copy, terms, now).map { "'\(copy.name)' \($0)" } }
        let isMet = !copies.isEmpty && bad.isEmpty
        return ruling(
            .noErrors, isMet, good,
            copies.isEmpty
                ? "There is no copy."
                : bad.joined(separator: "; ")
                    + ". Read every byte of each: 'safehold verify --read-data', 'safehold media check'.")
    }

    private static func problem(_ copy: CopyFacts, _ terms: Terms, _ now: Timestamp) -> String? {
        guard let verified = copy.verified else { return "was never verified" }
        if verified.errors > 0 {
            return "had \(verified.errors) \(verified.errors == 1 ? "error" : "errors") at its last verification"
        }
        if verified.time > now { return "says that it was verified in the future" }
        let age = (now.nanoseconds - verified.time.nanoseconds) / 86_400_000_000_000
        return age > Int64(terms.verifiedWithinDays) ? "was last verified \(age) days ago" : nil
    }
}
