import Primitives

package enum ApprovalTag {}
package typealias ApprovalID = Identifier<ApprovalTag>

/// That somebody looked at a plan and agrees.
package struct Approval: Sendable, Equatable {
    package let person: PersonID
    package let at: Moment
    /// The directory's version that it was given under.
    let directory: UInt64
}

/// Somebody wants to do exactly this, and asks others.
package struct ApprovalRequest: Sendable, Equatable {
    package enum State: Sendable, Equatable { case open, executed, withdrawn, expired }

    package let id: ApprovalID
    package let act: GraveAct
    package let target: Target
    /// The digest of the plan: what is approved, and what is executed.
    package let plan: Digest32
    package let requester: PersonID
    package let at: Moment
    /// As it was when the request was made. One that is stricter by now holds as well.
    package let rule: FourEyesRule
    package internal(set) var approvals: [Approval] = []
    package internal(set) var state = State.open

    func isExpired(under rule: FourEyesRule, at now: Moment) -> Bool { now.longest(since: at) > rule.lifetime }
}

/// Why somebody's word in a request was refused.
package enum ApprovalRefusal: Error, Sendable, Equatable {
    case unknownRequest
    case idTaken
    case closed(ApprovalRequest.State)
    /// What was looked at is not what is asked for.
    case otherPlan
    case notPermitted(AccessRefusal)
    /// The second factor is wanted again.
    case presenceNeeded
    case ownRequest
    case notAnApprover
    case alreadyApproved
    case notApproved
    case tooEarly(by: Duration)
    case tooFew(approvals: Int, needed: Int)
}
