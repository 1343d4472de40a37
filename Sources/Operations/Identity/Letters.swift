import Identity
import Primitives

/// When the agency was told that signatures here are meant as those by hand (21 CFR 11.100(c)).
package enum Letters {
    package struct Line: Sendable {
        /// A day: 2026-11-02.
        package var sent: String
        /// In print, who wrote it down.
        package var by: String
        package var at: Timestamp
    }

    package static func note(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, sent: String
    ) throws -> Line? {
        let by = try People.actor(permit.who)
        return try keeping.decide { state, _, now in
            try state.noteLetter(sent: sent, by: by, now: now)
            return line(state)
        }
    }

    /// Nil where none is written down.
    package static func show(permit: consuming Permit<InspectAction>, keeping: IdentityKeeping) throws -> Line? {
        try keeping.look { state, _, _ in line(state) }
    }

    private static func line(_ state: IdentityState) -> Line? {
        state.letter.map { letter in
            Line(
                sent: letter.sent, by: state.directory.people[letter.by]?.printedName ?? letter.by.hex, at: letter.at)
        }
    }
}
