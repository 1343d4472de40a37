/// What is protected, how, when, where, and who is told: the strategy file as values. All names in it are checked: what one part says of
/// another is there.
package struct BackupStrategy: Sendable, Equatable {
    /// Names exports: PROJECT_backup_TIMESTAMP.tar.gz. Lower-case letters, digits, '-' and '_'.
    package var project: String
    /// In which schedules are meant, as the tz database names it (RFC 9636).
    package var timeZone: String
    package var components: [ComponentPlan]
    package var stores: [StorePlan]
    package var upkeep: UpkeepPlan
    package var contacts: [Contact]
    package var notifications: NotificationPlan
    package var reviews: [ReviewPlan]
    package var drills: [DrillPlan]
    package var emergency: EmergencyPlan

    package init(
        project: String, timeZone: String = "UTC", components: [ComponentPlan] = [], stores: [StorePlan] = [],
        upkeep: UpkeepPlan = UpkeepPlan(), contacts: [Contact] = [],
        notifications: NotificationPlan = NotificationPlan(), reviews: [ReviewPlan] = [], drills: [DrillPlan] = [],
        emergency: EmergencyPlan = EmergencyPlan()
    ) {
        (self.project, self.timeZone) = (project, timeZone)
        (self.components, self.stores, self.upkeep) = (components, stores, upkeep)
        (self.contacts, self.notifications) = (contacts, notifications)
        (self.reviews, self.drills, self.emergency) = (reviews, drills, emergency)
    }

    package func component(_ name: String) -> ComponentPlan? { components.first { $0.name == name } }
    package func store(_ name: String) -> StorePlan? { stores.first { $0.name == name } }
    /// Nil where there are several.
    package var solePrimary: StorePlan? {
        let primaries = stores.filter { $0.role == .primary }
        return primaries.count == 1 ? primaries[0] : nil
    }
}
