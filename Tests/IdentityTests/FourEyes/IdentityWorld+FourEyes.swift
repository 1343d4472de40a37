import Primitives
import Testing

@testable import Identity

extension IdentityWorld {
    /// Asks for something with some plan; who asks is permitted to do it.
    mutating func request(
        _ act: GraveAct = .dropSnapshots, plan: Digest32 = .zero, by name: String = "carla",
        target: Target = .everything
    ) throws -> ApprovalID {
        let id = ApprovalID.random(using: &random)
        try approvals.request(
            id, act, on: target, plan: plan, by: Self.id(name), in: directory, at: clock.now)
        return id
    }

    mutating func approve(_ id: ApprovalID, by name: String, plan: Digest32 = .zero) throws {
        try approvals.approve(id, plan: plan, by: presence(name), in: directory, at: clock.now)
    }

    mutating func execute(
        _ id: ApprovalID, _ act: GraveAct = .dropSnapshots, plan: Digest32 = .zero, by name: String = "carla"
    ) throws -> [PersonID] {
        let warrant = try approvals.execute(id, act, plan: plan, by: presence(name), in: directory, at: clock.now)
        return warrant.approvers
    }

    /// As anna gets one from ben and dora, for what touches accounts.
    mutating func warrant(_ act: GraveAct, plan: Digest32) throws -> Warrant {
        let id = try request(act, plan: plan, by: "anna")
        try approve(id, by: "ben", plan: plan)
        try approve(id, by: "dora", plan: plan)
        return try approvals.execute(id, act, plan: plan, by: presence("anna"), in: directory, at: clock.now)
    }
}
