import Primitives

/// What one person alone does not do.
package enum GraveAct: String, Sendable, CaseIterable {
    case shortenRetention = "shorten-retention"
    case liftHold = "lift-hold"
    case weakenLock = "weaken-lock"
    case dropSnapshots = "drop-snapshots"
    case destroyKeys = "destroy-keys"
    case erase
    case exportPersonalData = "export-personal-data"
    case disableAudit = "disable-audit"
    case disableDrills = "disable-drills"
    /// What runs as the account that the program runs as.
    case changePrograms = "change-programs"
    case changeApprovers = "change-approvers"
    case resetCredentials = "reset-credentials"

    /// What the one who asks, and the one who executes, must be permitted anyway.
    package var act: Act {
        switch self {
        case .shortenRetention, .disableAudit, .disableDrills, .changePrograms: .strategy
        case .liftHold: .hold
        case .weakenLock: .lock
        case .dropSnapshots, .erase: .forget
        case .destroyKeys: .key
        case .exportPersonalData: .export
        case .changeApprovers, .resetCredentials: .account
        }
    }

    /// What is gone afterwards does not come back.
    var isFinal: Bool {
        switch self {
        case .shortenRetention, .liftHold, .weakenLock, .dropSnapshots, .destroyKeys, .erase: true
        case .exportPersonalData, .disableAudit, .disableDrills, .changePrograms, .changeApprovers, .resetCredentials:
            false
        }
    }
}

/// Whose eyes, how many, and within what time.
package struct FourEyesRule: Sendable, Equatable {
    /// Besides the one who asks and the one who executes.
    package let approvers: Int
    /// Each has one of these, and may approve.
    package let roles: Set<RoleName>
    /// From the request to the execution, at most.
    package let lifetime: Duration
    /// From the request to the execution, at least: time for others to object.
    package let coolingOff: Duration
    /// How long an approver has had his role by then: nobody is made one for the occasion.
    package let waiting: Duration

    /// Nil for a rule that would be none.
    package init?(
        approvers: Int, roles: Set<RoleName>, lifetime: Duration, coolingOff: Duration = .zero, waiting: Duration
    ) {
        guard approvers >= 1, !roles.isEmpty, coolingOff >= .zero, waiting >= .zero, lifetime > coolingOff else {
            return nil
        }
        (self.approvers, self.roles, self.lifetime) = (approvers, roles, lifetime)
        (self.coolingOff, self.waiting) = (coolingOff, waiting)
    }

    /// As it was kept.
    init(
        keptWith approvers: Int, roles: Set<RoleName>, lifetime: Duration, coolingOff: Duration, waiting: Duration
    ) {
        (self.approvers, self.roles, self.lifetime) = (approvers, roles, lifetime)
        (self.coolingOff, self.waiting) = (coolingOff, waiting)
    }

    fileprivate init(standardFor act: GraveAct, approvers: Int = 2) {
        self.approvers = max(1, approvers)
        roles = [.backupAdministrator, .securityLead, .technicalLead, .complianceOfficer]
        (lifetime, waiting) = (.hours(72), .hours(72))
        coolingOff = act.isFinal ? .hours(24) : .zero
    }
}

/// The rules of an installation. Every grave act has one.
package struct FourEyesRules: Sendable, Equatable {
    private var own: [GraveAct: FourEyesRule]

    package init(_ own: [GraveAct: FourEyesRule] = [:]) { self.own = own }

    /// The standard ones, with another number of approvers.
    package init(approvers: Int) {
        own = Dictionary(
            uniqueKeysWithValues: GraveAct.allCases.map { ($0, FourEyesRule(standardFor: $0, approvers: approvers)) })
    }

    package subscript(_ act: GraveAct) -> FourEyesRule { own[act] ?? FourEyesRule(standardFor: act) }
}
