import Identity
import Operations
import Primitives
import Strategy

/// Tells those who keep security that an account was closed after wrong attempts, at the door or at signing (21 CFR 11.300(d)).
struct AccountWatch {
    /// Login names; nil before the first look, when it is not known what a daemon before this one told.
    private var closed: Set<String>?

    mutating func look(_ surroundings: Surroundings, at now: Timestamp) throws -> [News] {
        guard GuardedState(surroundings.hostState) != nil else { return [] }
        let people = try surroundings.identity.look { state, _, moment in
            state.directory.people.values.map { person in
                (
                    person.name.description,
                    person.isActive && state.standing(of: person.id, now: moment).lockedFor != nil
                )
            }
        }
        let closed = Set(people.filter(\.1).map(\.0))
        let opened = (self.closed ?? Set(people.map(\.0))).subtracting(closed)
        let new = closed.subtracting(self.closed ?? [])
        self.closed = closed
        return new.sorted().map { .wrong(Self.event($0, at: now)) } + opened.sorted().map { .right(Self.key($0)) }
    }

    private static func key(_ name: String) -> String { "account/\(name)" }

    private static func event(_ name: String, at now: Timestamp) -> Event {
        Event(
            .accountLocked, key(name), .critical, at: now, "The account '\(name)' is closed after wrong attempts.",
            meaning:
                "Somebody forgot what he shows, or somebody else tries to be him. It opens by itself after a while.",
            advice:
                "Ask him. 'safehold audit search --person \(name)' and '--act login' show the attempts; 'safehold users lost' and 'users remove' close it for good."
        )
    }
}
