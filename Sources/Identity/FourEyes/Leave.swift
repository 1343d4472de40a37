import Primitives
import Sealing

/// Leave to do one grave thing once, on exactly one plan: by a warrant; or, where nobody else is to be asked, the owner's own, or the
/// host's by the rules of its strategy. Only the door gives one.
package struct Leave: ~Copyable, Sendable {
    package enum Ground: Sendable, Equatable {
        /// There is no directory of persons.
        case owner
        /// The host does it by itself.
        case host
        case warrant(ApprovalID)
    }

    package let ground: Ground
    private let act: GraveAct
    private let plan: Digest32

    init(_ ground: Ground, _ act: GraveAct, plan: Digest32) {
        (self.ground, self.act, self.plan) = (ground, act, plan)
    }

    init(_ warrant: consuming Warrant) { self.init(.warrant(warrant.request), warrant.act, plan: warrant.plan) }

    /// Whoever acts compares what he is about to do with what he was given leave for.
    package consuming func require(_ act: GraveAct, plan: Digest32) throws(ApprovalRefusal) {
        guard act == self.act, plan == self.plan else { throw .otherPlan }
    }
}

extension Door {
    package static func leave(_ act: GraveAct, plan: Digest32, toOwner user: String) -> Leave {
        Leave(.owner, act, plan: plan)
    }
}

extension IdentityState {
    /// What the host does by itself: it drops what the strategy's rules do not keep.
    package func leave(_ act: GraveAct, plan: Digest32) throws(Refusal) -> Leave {
        guard act == .dropSnapshots, house.duties.contains(.upkeep) else { throw .hostDuty(act.act) }
        return Leave(.host, act, plan: plan)
    }

    /// Executes a request. It is spent, whatever becomes of what is done under it.
    package mutating func leave(
        _ act: GraveAct, plan: Digest32, request: ApprovalID, with token: borrowing SecretBytes, at doorstep: Doorstep,
        now: Moment
    ) throws -> Leave {
        Leave(try warrant(act, plan: plan, request: request, with: token, at: doorstep, now: now))
    }

    mutating func warrant(
        _ act: GraveAct, plan: Digest32, request: ApprovalID, with token: borrowing SecretBytes, at doorstep: Doorstep,
        now: Moment
    ) throws -> Warrant {
        let session = try goOn(token, at: doorstep, now: now)
        guard let presence = session.presence(under: Self.limits, at: now) else {
            throw ApprovalRefusal.presenceNeeded
        }
        return try approvals.execute(request, act, plan: plan, by: presence, in: directory, at: now)
    }

    /// Asks others. `words` say what would be done; they are kept with the request.
    package mutating func ask(
        _ act: GraveAct, on target: Target, plan: Digest32, words: String, by actor: Actor, now: Moment
    ) throws(ApprovalRefusal) -> ApprovalID {
        guard let person = actor.person else { throw .notPermitted(actor.refusal) }
        let id = ApprovalID.random()
        try approvals.request(id, act, on: target, plan: plan, by: person, in: directory, at: now)
        self.words[id] = words
        return id
    }

    /// Agrees. `plan` is the digest of what was shown.
    package mutating func approve(
        _ id: ApprovalID, plan: Digest32, by actor: Actor, now: Moment
    ) throws(ApprovalRefusal) -> ApprovalRequest {
        guard let presence = presence(of: actor, now: now) else { throw .presenceNeeded }
        try approvals.approve(id, plan: plan, by: presence, in: directory, at: now)
        return try request(id)
    }

    /// The one who asked, or somebody who may approve, ends it for good.
    package mutating func withdraw(
        _ id: ApprovalID, by actor: Actor, now: Moment
    ) throws(ApprovalRefusal) -> ApprovalRequest {
        guard let person = actor.person else { throw .notPermitted(actor.refusal) }
        try approvals.withdraw(id, by: person, in: directory, at: now)
        return try request(id)
    }

    package mutating func takeBack(
        _ id: ApprovalID, by actor: Actor, now: Moment
    ) throws(ApprovalRefusal) -> ApprovalRequest {
        guard let person = actor.person else { throw .notPermitted(actor.refusal) }
        try approvals.takeBack(id, by: person, at: now)
        return try request(id)
    }

    /// What is closed by its time is shown as such.
    package mutating func expire(at now: Moment) { approvals.expire(at: now) }

    package func words(of id: ApprovalID) -> String { words[id] ?? "" }

    private func request(_ id: ApprovalID) throws(ApprovalRefusal) -> ApprovalRequest {
        guard let request = approvals[id] else { throw .unknownRequest }
        return request
    }
}

extension IdentityState {
    /// Carries out a change of who may do more than keep things running.
    package mutating func carryOut(
        _ change: DirectoryChange, request: ApprovalID, with token: borrowing SecretBytes, at doorstep: Doorstep,
        now: Moment
    ) throws {
        let warrant = try warrant(
            .changeApprovers, plan: directory.plan(of: change), request: request, with: token, at: doorstep, now: now)
        try directory.carryOut(change, under: warrant, at: now)
    }

    /// Gives somebody a temporary password, his first or instead of one that he has lost. His sessions end.
    package mutating func issue(
        _ temporary: borrowing SecretBytes, to person: PersonID, request: ApprovalID, with token: borrowing SecretBytes,
        at doorstep: Doorstep, now: Moment, using generator: inout some RandomNumberGenerator
    ) throws {
        try directory.requireHuman(person)
        guard proofs[person] != nil || directory.isFounder(person) else { throw SigningRefusal.unproven }
        let isAnother = credentials[person] != nil
        let warrant = try warrant(
            .resetCredentials, plan: CredentialBook.plan(for: person), request: request, with: token, at: doorstep,
            now: now)
        guard
            try credentials.issue(
                temporary, to: person, under: warrant, salt: PasswordVerifier.newSalt(using: &generator),
                policy: Self.passwords, at: now)
        else { throw ApprovalRefusal.otherPlan }
        if isAnother { alarms.raise(.passwordGiven, of: person, at: now) }
        endSessions(of: person)
    }
}
