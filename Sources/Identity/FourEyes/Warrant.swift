import Primitives

/// Leave to do one grave thing once. It is made where a request is executed and nowhere else, and whoever acts on it compares its
/// plan with his own.
package struct Warrant: ~Copyable, Sendable {
    package let request: ApprovalID
    package let act: GraveAct
    package let target: Target
    package let plan: Digest32
    package let requester: PersonID
    package let executor: PersonID
    /// Those who counted.
    package let approvers: [PersonID]

    fileprivate init(_ request: ApprovalRequest, executor: PersonID, approvers: [PersonID]) {
        (self.request, act, target, plan) = (request.id, request.act, request.target, request.plan)
        (requester, self.executor, self.approvers) = (request.requester, executor, approvers)
    }
}

extension ApprovalBook {
    /// Executes a request: exactly this act, on exactly this plan, once. The request is spent before anything is done under the warrant;
    /// who is killed in between asks again.
    package mutating func execute(
        _ id: ApprovalID, _ act: GraveAct, plan: Digest32, by executor: Presence, in directory: Directory,
        at now: Moment
    ) throws(ApprovalRefusal) -> Warrant {
        var request = try open(id, at: now)
        guard request.act == act, request.plan == plan else { throw .otherPlan }
        guard executor.isFresh(at: now) else { throw .presenceNeeded }
        for person in [request.requester, executor.person] {
            if let refusal = directory.refusal(of: person, act.act, on: request.target) { throw .notPermitted(refusal) }
        }
        var counted: Set<PersonID> = []
        for rule in [request.rule, rules[act]] {
            let early = rule.coolingOff - now.shortest(since: request.at)
            guard early <= .zero else { throw .tooEarly(by: early) }
            counted = approvers(of: request, besides: executor.person, under: rule, in: directory)
            guard counted.count >= rule.approvers else {
                throw .tooFew(approvals: counted.count, needed: rule.approvers)
            }
        }
        request.state = .executed
        set(request)
        return Warrant(request, executor: executor.person, approvers: counted.sorted())
    }
}
