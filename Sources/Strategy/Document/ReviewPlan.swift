/// Something that people have to look at again (REV-1 to REV-4, DOC-1 to DOC-4).
package struct ReviewPlan: Sendable, Equatable {
    /// success-rate, recovery-testing, strategy, compliance-audit, or a word of one's own.
    package var name: String
    package var schedule: Schedule
    /// Roles or names of contacts.
    package var owners: [String]

    package init(name: String, schedule: Schedule, owners: [String]) {
        (self.name, self.schedule, self.owners) = (name, schedule, owners)
    }
}

/// A rehearsal of recovery (VER-2 to VER-4).
package struct DrillPlan: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case restoreTest = "restore-test"
        case disasterRecovery = "disaster-recovery"
        case fullSystem = "full-system"
    }

    package var kind: Kind
    package var schedule: Schedule
    /// Names of components; empty for all.
    package var components: [String]

    package init(kind: Kind, schedule: Schedule, components: [String] = []) {
        (self.kind, self.schedule, self.components) = (kind, schedule, components)
    }
}
