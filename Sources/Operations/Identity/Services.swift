import Identity
import Primitives
import Sealing

/// Programs that act without a person, and what they come in by.
package enum Services {
    /// What is said of one that is taken in.
    package struct Beginning: Sendable {
        package var name: LoginName
        /// The login name, or the id, of who is accountable for it.
        package var owner: String
        package var roles: [String]
        package var limits: Limits
        package var days: Int

        package init(name: LoginName, owner: String, roles: [String], limits: Limits, days: Int) {
            (self.name, self.owner, self.roles) = (name, owner, roles)
            (self.limits, self.days) = (limits, days)
        }
    }

    /// Takes a service in, with its roles. Its credential comes into `file`, which is made, and nowhere else.
    package static func add(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ beginning: Beginning, file: String
    ) throws -> People.Line {
        let by = try People.actor(permit.who)
        let id = PersonID.random()
        return try handOver(to: file) { secret in
            try keeping.decide { state, key, now in
                // All of it or nothing: what a refusal leaves behind is kept as well.
                var changed = state
                let owner = try People.find(beginning.owner, in: state).id
                try changed.enrolService(id, name: beginning.name, owner: owner, by: by)
                for role in beginning.roles {
                    guard let role = RoleName(role) else { throw DirectoryRefusal.unknownRole }
                    try changed.give(role, to: id, within: beginning.limits, by: by, now: now)
                }
                let credential = try credential(secret, beginning.days, at: try keeping.doorstep(key), now)
                try changed.setCredential(credential, of: id, by: by)
                state = changed
                return try People.line(id, state, now)
            }
        }
    }

    /// Another credential: the former one is dead at once, also where it had expired or was ended.
    package static func renew(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, named text: String, days: Int, file: String
    ) throws -> People.Line {
        let by = try People.actor(permit.who)
        return try handOver(to: file) { secret in
            try keeping.decide { state, key, now in
                let service = try People.find(text, in: state)
                let credential = try credential(secret, days, at: try keeping.doorstep(key), now)
                try state.setCredential(credential, of: service.id, by: by)
                return try People.line(service.id, state, now)
            }
        }
    }

    package static func setOwner(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ owner: String, of text: String
    ) throws -> People.Line {
        let by = try People.actor(permit.who)
        return try keeping.decide { state, _, now in
            let service = try People.find(text, in: state)
            try state.setOwner(try People.find(owner, in: state).id, of: service.id, by: by)
            return try People.line(service.id, state, now)
        }
    }

    /// The file first: a credential that nobody has is worth nothing, and one that is in no directory neither.
    private static func handOver(
        to file: String, _ decide: (borrowing SecretBytes) throws -> People.Line
    ) throws -> People.Line {
        let secret = SecretBytes.random(count: ServiceCredential.secretCount)
        try NamedFile.create(file, ServiceCredentialText.text(secret) + "\n", mode: 0o600)
        do {
            return try decide(secret)
        } catch {
            _ = LocalFile.remove(file)
            throw error
        }
    }

    private static func credential(
        _ secret: borrowing SecretBytes, _ days: Int, at doorstep: Doorstep, _ now: Moment
    ) throws -> ServiceCredential {
        let id = ServiceCredentialID.random()
        guard let credential = ServiceCredential(id, secret: secret, on: doorstep.host, days: days, at: now) else {
            throw Failure(
                .usage, "No credential lasts \(days) days.",
                advice: "Give \(ServiceCredential.lifetimes.lowerBound) to \(ServiceCredential.lifetimes.upperBound).")
        }
        return credential
    }
}
