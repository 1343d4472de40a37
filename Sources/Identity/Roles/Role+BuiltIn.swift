extension RoleName {
    package static let backupAdministrator = RoleName(known: "backup-administrator")
    package static let securityLead = RoleName(known: "security-lead")
    package static let technicalLead = RoleName(known: "technical-lead")
    package static let complianceOfficer = RoleName(known: "compliance-officer")
    package static let `operator` = RoleName(known: "operator")
    package static let auditor = RoleName(known: "auditor")
}

extension Role {
    /// The roles that every directory has, named as the strategy's contacts are (CON-1). They are not redefined.
    package static let builtIn: [Role] = [
        // Backs up, restores and drops, under four eyes; but neither lets others in, nor sets holds, nor reads who did what.
        Role(
            name: .backupAdministrator,
            grants: [
                Grant([
                    .initialise, .backup, .restore, .export, .verify, .inspect, .log, .forget, .collect, .replicate,
                    .media, .storage, .strategy, .approve, .sign,
                ])
            ]),
        // Lets people in and makes keys; reads no content.
        Role(
            name: .securityLead,
            grants: [Grant([.verify, .inspect, .key, .lock, .hold, .storage, .account, .approve, .sign, .audit])]),
        // Brings systems back.
        Role(
            name: .technicalLead,
            grants: [Grant([.restore, .export, .verify, .inspect, .log, .replicate, .storage, .approve, .sign])]),
        // Holds what the law wants, and reviews.
        Role(
            name: .complianceOfficer,
            grants: [Grant([.verify, .inspect, .hold, .strategy, .approve, .sign, .audit])]),
        // Keeps things running; nothing leaves and nothing ends by his hand.
        Role(name: .operator, grants: [Grant([.backup, .verify, .inspect, .replicate, .media])]),
        // Looks.
        Role(name: .auditor, grants: [Grant([.verify, .inspect, .sign, .audit])]),
    ]
}
