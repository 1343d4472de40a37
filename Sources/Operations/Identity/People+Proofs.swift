import Identity

extension People {
    /// Writes down that it was verified who somebody is.
    package static func prove(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, named text: String,
        by document: IdentityDocument
    ) throws -> Line {
        let by = try actor(permit.who)
        return try keeping.decide { state, _, now in
            let person = try find(text, in: state)
            try state.prove(person.id, by: document, checkedBy: by, now: now)
            return try line(person.id, state, now)
        }
    }

    /// What was lost is dead at once.
    package static func reportLoss(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, named text: String
    ) throws -> Line {
        let by = try actor(permit.who)
        return try keeping.decide { state, _, now in
            let person = try find(text, in: state)
            try state.reportLoss(of: person.id, by: by)
            return try line(person.id, state, now)
        }
    }
}
