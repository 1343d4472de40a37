import Identity
import Primitives
import Sealing

/// The provider of single sign-on whose word is taken on this host, and who comes from there as whom.
package enum Providers {
    /// What somebody names it by.
    package struct Given: ~Copyable {
        package let provider: IdentityProvider
        /// Empty for a client that has none.
        package let secret: SecretBytes

        package init(
            issuer: String, client: String, authorities: [UInt8], secondFactors: [String],
            secret: consuming SecretBytes
        ) throws {
            do {
                provider = try IdentityProvider(
                    issuer: issuer, client: client, authorities: authorities, secondFactors: secondFactors)
            } catch {
                throw error.failure
            }
            self.secret = secret
        }
    }

    /// What others agree to before people come from there.
    package static func plan(keeping: IdentityKeeping, _ given: borrowing Given) throws -> GravePlan {
        let provider = given.provider
        let secret = given.secret.copy()
        return try keeping.look { _, key, _ in
            GravePlan(
                .changeApprovers, lines: lines(provider, hasSecret: secret.count > 0),
                digest: provider.plan(secret: key.digest(ofClientSecret: secret)))
        }
    }

    package static func lines(_ provider: IdentityProvider, hasSecret: Bool) -> [String] {
        let authorities = provider.authorities
        return [
            "take the word of \(provider.issuer) for who somebody is",
            "as its client \(provider.client), \(hasSecret ? "with a secret" : "without a secret")",
            authorities.isEmpty
                ? "reached under the authorities that the system trusts"
                : "reached under the authorities with the digest \(SHA256Digest.of(authorities).hex)",
            provider.secondFactors.isEmpty
                ? "with the second factor of Safehold"
                : "where it says \(provider.secondFactors.joined(separator: " or ")), without another second factor",
        ]
    }

    package static func set(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ given: borrowing Given, request: String
    ) throws -> IdentityProvider {
        let token = try keeping.token()
        let provider = given.provider
        let secret = given.secret.copy()
        try keeping.decide { state, key, now in
            try state.setProvider(
                provider, secret: secret, request: try Requests.find(request, in: state), with: token, key: key,
                at: try keeping.doorstep(key), now: now)
        }
        return provider
    }

    package static func remove(permit: consuming Permit<AccountAction>, keeping: IdentityKeeping) throws {
        let by = try People.actor(permit.who)
        try keeping.decide { state, _, _ in try state.removeProvider(by: by) }
    }

    /// Nil where there is none.
    package static func show(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping
    ) throws -> (provider: IdentityProvider, hasSecret: Bool)? {
        try keeping.look { state, _, _ in
            state.providerInForce.map { (provider: $0, hasSecret: state.providerHasSecret) }
        }
    }

    /// What others agree to before somebody comes in by its word.
    package static func linkPlan(
        keeping: IdentityKeeping, _ subject: String, to text: String
    ) throws -> GravePlan {
        try keeping.look { state, _, _ in
            let (person, subject) = (try People.find(text, in: state), try self.subject(subject, state))
            try state.directory.requireHuman(person.id)
            return GravePlan(
                .resetCredentials,
                lines: [
                    "let \(People.words(person)) come in as \(subject.name) of \(subject.issuer)"
                ],
                digest: LinkBook.plan(for: person.id, subject))
        }
    }

    package static func link(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ subject: String, to text: String,
        request: String
    ) throws -> People.Line {
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            let (person, subject) = (try People.find(text, in: state), try self.subject(subject, state))
            try state.link(
                person.id, to: subject, request: try Requests.find(request, in: state), with: token,
                at: try keeping.doorstep(key), now: now)
            return try People.line(person.id, state, now)
        }
    }

    package static func unlink(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, _ text: String
    ) throws -> People.Line {
        let by = try People.actor(permit.who)
        return try keeping.decide { state, _, now in
            let person = try People.find(text, in: state)
            try state.unlink(person.id, by: by)
            return try People.line(person.id, state, now)
        }
    }

    private static func subject(_ name: String, _ state: IdentityState) throws -> ProviderSubject {
        guard let provider = state.providerInForce else { throw SingleSignOnRefusal.noProvider }
        return try ProviderSubject(issuer: provider.issuer, name: name)
    }
}
