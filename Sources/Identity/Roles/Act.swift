/// What somebody may be permitted to do.
package enum Act: String, Sendable, CaseIterable {
    // What an operation takes a permit for. The names are those of the permits' types without "Action"; a test compares them.
    case initialise, backup, restore, export, verify, inspect, log, key, forget, collect, lock, hold, replicate, media,
        storage
    case strategy

    /// Persons, their roles and what they prove themselves with.
    case account
    /// To be one of the other eyes.
    case approve
    /// To sign a record with one's own name.
    case sign
    /// To read who did what.
    case audit
}

extension Act {
    /// The second factor is wanted again, minutes before: what ends or opens something, or speaks for somebody else's request (SEC-5).
    package var needsPresence: Bool {
        switch self {
        case .forget, .collect, .key, .lock, .hold, .account, .approve: true
        case .initialise, .backup, .restore, .export, .verify, .inspect, .log, .replicate, .media, .storage, .strategy,
            .sign, .audit:
            false
        }
    }

    /// It opens, ends, lets out and brings back nothing: a role of such acts may be given by one person.
    var isOrdinary: Bool {
        switch self {
        case .backup, .verify, .inspect, .replicate, .media, .sign, .audit: true
        case .initialise, .restore, .export, .log, .key, .forget, .collect, .lock, .hold, .storage, .strategy, .account,
            .approve:
            false
        }
    }
}
