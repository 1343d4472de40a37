import Identity
import Primitives

/// The door of a host. As long as there is no directory of persons, whoever the operating system runs the program for is the owner; from
/// then on it takes a session, a service's credential, or a duty of the host itself.
package struct IdentityDoor: Doorkeeper {
    private let keeping: IdentityKeeping
    private let isHost: Bool

    package init(_ keeping: IdentityKeeping, isHost: Bool = false) { (self.keeping, self.isHost) = (keeping, isHost) }

    package func ofHost() -> any Doorkeeper { IdentityDoor(keeping, isHost: true) }

    package func permit<Action>(for action: Action.Type, on target: Target) throws -> Permit<Action> {
        try RetentionFreeze(state: keeping.state).require(Action.act)
        guard try keeping.isFounded() else { return Door.open(action, on: target, toOwner: keeping.user) }
        if isHost {
            return try keeping.look { state, _, _ in try state.open(action, on: target, toHost: keeping.user) }
        }
        if keeping.serviceFile != nil {
            let secret = try keeping.serviceSecret()
            return try keeping.decide { state, key, now in
                try state.open(
                    action, on: target, withService: secret, at: try keeping.doorstep(key), now: now)
            }
        }
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            try state.open(action, on: target, with: token, at: try keeping.doorstep(key), now: now)
        }
    }

    package func leave(for plan: GravePlan, request: ApprovalID?) throws -> Leave {
        try RetentionFreeze(state: keeping.state).require(plan.act)
        guard try keeping.isFounded() else { return Door.leave(plan.act, plan: plan.digest, toOwner: keeping.user) }
        if isHost { return try keeping.look { state, _, _ in try state.leave(plan.act, plan: plan.digest) } }
        try keeping.requirePerson()
        guard let request else { throw plan.needsOthers }
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            try state.leave(
                plan.act, plan: plan.digest, request: request, with: token, at: try keeping.doorstep(key), now: now)
        }
    }

    package func requireSomebody() throws {
        guard try keeping.isFounded(), !isHost else { return }
        guard keeping.serviceFile == nil else { return try keeping.requireService() }
        let token = try keeping.token()
        let actor = try keeping.look { state, key, now in
            var state = state
            return state.visitor(with: token, at: try keeping.doorstep(key), now: now)
        }
        guard actor == nil else { return }
        // A session that does not go on is put away.
        try keeping.decide { state, key, now in
            _ = try state.open(
                InspectAction.self, on: .everything, with: token, at: try keeping.doorstep(key), now: now)
        }
        throw SessionEnd.unknown.failure
    }

    package func whoIsThere() -> Actor {
        do {
            guard try keeping.isFounded() else { return Actor(.operatingSystem, user: keeping.user) }
            if isHost { return try keeping.look { state, _, _ in state.host(user: keeping.user) } }
            guard keeping.serviceFile == nil else { return try keeping.service() }
            let token = try keeping.token()
            let actor = try keeping.look { state, key, now in
                var state = state
                return state.visitor(with: token, at: try keeping.doorstep(key), now: now)
            }
            return actor ?? Actor(.none, user: keeping.user)
        } catch {
            return Actor(.none, user: keeping.user)
        }
    }
}
