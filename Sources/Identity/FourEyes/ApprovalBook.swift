import Primitives

/// Requests for what one alone does not do, and who agreed (SEC-4).
///
/// Persons are counted, not accounts or names: ids that are never given again. Who agreed counts at the execution only if he is still
/// what he was then.
package struct ApprovalBook: Sendable, Equatable {
    package let rules: FourEyesRules
    var requests: [ApprovalID: ApprovalRequest] = [:]

    package init(rules: FourEyesRules, restoring requests: [ApprovalRequest] = []) {
        self.rules = rules
        for request in requests { self.requests[request.id] = request }
    }

    package subscript(_ id: ApprovalID) -> ApprovalRequest? { requests[id] }
    package var all: [ApprovalRequest] { requests.values.sorted { $0.id < $1.id } }

    package mutating func request(
        _ id: ApprovalID, _ act: GraveAct, on target: Target, plan: Digest32, by requester: PersonID,
        in directory: Directory, at now: Moment
    ) throws(ApprovalRefusal) {
        guard requests[id] == nil else { throw .idTaken }
        if let refusal = directory.refusal(of: requester, act.act, on: target) { throw .notPermitted(refusal) }
        requests[id] = ApprovalRequest(
            id: id, act: act, target: target, plan: plan, requester: requester, at: now, rule: rules[act])
    }

    /// `plan` is the digest of what the approver was shown.
    package mutating func approve(
        _ id: ApprovalID, plan: Digest32, by approver: Presence, in directory: Directory, at now: Moment
    ) throws(ApprovalRefusal) {
        var request = try open(id, at: now)
        guard request.plan == plan else { throw .otherPlan }
        guard approver.isFresh(at: now) else { throw .presenceNeeded }
        guard approver.person != request.requester else { throw .ownRequest }
        if let refusal = directory.refusal(of: approver.person, .approve, on: request.target) {
            throw .notPermitted(refusal)
        }
        let approval = Approval(person: approver.person, at: now, directory: directory.version)
        guard counts(approval, for: request, under: request.rule, in: directory) else { throw .notAnApprover }
        // One that does not count any more is replaced: its giver has his role anew.
        if let earlier = request.approvals.firstIndex(where: { $0.person == approver.person }) {
            guard !counts(request.approvals[earlier], for: request, under: request.rule, in: directory) else {
                throw .alreadyApproved
            }
            request.approvals.remove(at: earlier)
        }
        request.approvals.append(approval)
        requests[id] = request
    }

    /// An approver changes his mind.
    package mutating func takeBack(_ id: ApprovalID, by person: PersonID, at now: Moment) throws(ApprovalRefusal) {
        var request = try open(id, at: now)
        guard let place = request.approvals.firstIndex(where: { $0.person == person }) else { throw .notApproved }
        request.approvals.remove(at: place)
        requests[id] = request
    }

    /// The one who asked, or anyone who may approve, ends it for good.
    package mutating func withdraw(
        _ id: ApprovalID, by person: PersonID, in directory: Directory, at now: Moment
    ) throws(ApprovalRefusal) {
        var request = try open(id, at: now)
        if person != request.requester, let refusal = directory.refusal(of: person, .approve, on: request.target) {
            throw .notPermitted(refusal)
        }
        request.state = .withdrawn
        requests[id] = request
    }

    /// What somebody who is gone asked for, nobody does.
    mutating func withdrawAll(of requester: PersonID) {
        for (id, request) in requests where request.requester == requester && request.state == .open {
            requests[id]?.state = .withdrawn
        }
    }

    /// Closes what is past its time. Nothing hangs on its being called: each step looks itself.
    package mutating func expire(at now: Moment) {
        for id in requests.keys.sorted() { _ = try? open(id, at: now) }
    }

    mutating func open(_ id: ApprovalID, at now: Moment) throws(ApprovalRefusal) -> ApprovalRequest {
        guard var request = requests[id] else { throw .unknownRequest }
        let isExpired = [request.rule, rules[request.act]].contains { request.isExpired(under: $0, at: now) }
        if request.state == .open, isExpired {
            request.state = .expired
            requests[id] = request
        }
        guard request.state == .open else { throw .closed(request.state) }
        return request
    }

    mutating func set(_ request: ApprovalRequest) { requests[request.id] = request }

    func approvers(
        of request: ApprovalRequest, besides executor: PersonID, under rule: FourEyesRule, in directory: Directory
    ) -> Set<PersonID> {
        Set(
            request.approvals
                .filter { $0.person != executor && counts($0, for: request, under: rule, in: directory) }
                .map(\.person))
    }

    /// Whether the approver has today, without a break, a role that he had long enough when he agreed, and not from the one who asks.
    private func counts(
        _ approval: Approval, for request: ApprovalRequest, under rule: FourEyesRule, in directory: Directory
    ) -> Bool {
        guard approval.person != request.requester, let person = directory.people[approval.person], person.isActive
        else { return false }
        return person.holdings.contains { name, holding in
            rule.roles.contains(name) && directory.permits(name, as: holding, .approve, on: request.target)
                && holding.version <= approval.directory && !holding.by.contains(request.requester)
                && (holding.by.isEmpty || approval.at.shortest(since: holding.since) >= rule.waiting)
        }
    }
}
