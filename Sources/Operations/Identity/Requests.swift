import Identity
import Primitives

/// What was asked of others, and what they said (SEC-4).
package enum Requests {
    package struct Line: Sendable {
        package var request: ApprovalRequest
        package var requester: String
        package var approvers: [String]
        /// What would be done.
        package var words: String
    }

    /// Asks others to agree to a plan.
    package static func ask<Action>(
        permit: consuming Permit<Action>, keeping: IdentityKeeping, for plan: GravePlan
    ) throws -> Line {
        let who = permit.who
        return try keeping.decide { state, _, now in
            let id = try state.ask(
                plan.act, on: plan.target, plan: plan.digest, words: plan.words, by: who, now: now)
            return try line(id, state)
        }
    }

    /// Oldest first; the open ones, or all.
    package static func list(
        permit: consuming Permit<InspectAction>, keeping: IdentityKeeping, all: Bool
    ) throws -> [Line] {
        try keeping.look { state, _, now in
            var state = state
            state.expire(at: now)
            return state.approvals.all.filter { all || $0.state == .open }
                .sorted { ($0.at.wall, $0.id) < ($1.at.wall, $1.id) }
                .compactMap { try? line($0.id, state) }
        }
    }

    package static func show(
        permit: consuming Permit<InspectAction>, keeping: IdentityKeeping, named text: String
    ) throws -> Line {
        try keeping.look { state, _, now in
            var state = state
            state.expire(at: now)
            return try line(try find(text, in: state), state)
        }
    }

    /// Agrees to the plan with this digest, which is that of what was shown.
    package static func approve(
        permit: consuming Permit<ApproveAction>, keeping: IdentityKeeping, named text: String, plan: Digest32
    ) throws -> Line {
        let who = permit.who
        return try keeping.decide { state, _, now in
            let request = try state.approve(try find(text, in: state), plan: plan, by: who, now: now)
            return try line(request.id, state)
        }
    }

    /// Ends a request, by who asked or who might agree; or takes back one's own word, and the request goes on.
    package static func withdraw(
        permit: consuming Permit<InspectAction>, keeping: IdentityKeeping, named text: String, onlyOwnWord: Bool
    ) throws -> Line {
        let who = permit.who
        return try keeping.decide { state, _, now in
            let id = try find(text, in: state)
            let request =
                onlyOwnWord ? try state.takeBack(id, by: who, now: now) : try state.withdraw(id, by: who, now: now)
            return try line(request.id, state)
        }
    }

    /// By the beginning of its id. Throws `request-missing` where there is none, or more than one.
    package static func find(_ text: String, in state: IdentityState) throws -> ApprovalID {
        let found = state.approvals.all.filter { !text.isEmpty && $0.id.hex.hasPrefix(text.lowercased()) }
        guard let request = found.first, found.count == 1 else { throw ApprovalRefusal.unknownRequest }
        return request.id
    }

    /// The id that somebody means, and what was agreed to.
    package static func named(_ text: String, keeping: IdentityKeeping) throws -> Line {
        try keeping.look { state, _, _ in try line(try find(text, in: state), state) }
    }

    static func line(_ id: ApprovalID, _ state: IdentityState) throws -> Line {
        guard let request = state.approvals[id] else { throw ApprovalRefusal.unknownRequest }
        func name(_ person: PersonID) -> String { state.directory.people[person]?.printedName ?? person.hex }
        return Line(
            request: request, requester: name(request.requester),
            approvers: request.approvals.map { name($0.person) }, words: state.words(of: id))
    }
}
