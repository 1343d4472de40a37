/// Who stands at the door, for records and for `whoami`.
package struct Actor: Sendable, Equatable {
    /// By what he is known.
    package enum Evidence: String, Sendable, CaseIterable {
        /// The user that the operating system runs the program for; there is no directory of persons yet.
        case operatingSystem = "operating-system"
        /// A session, which began with a password and a second factor.
        case session
        /// A session, which began with the word of a provider of single sign-on.
        case singleSignOn = "single-sign-on"
        /// The host itself.
        case host
        /// Nobody is signed in.
        case none
    }

    package var evidence: Evidence
    /// A person's name in print; else the operating system's user.
    package var name: String
    /// The operating system's user, whoever the person is.
    package var user: String
    package var person: PersonID?
    package var login: LoginName?
    package var session: LoginSessionID?
    /// Ascending.
    package var roles: [String] = []
    /// The same, each with its limits in words.
    package var limitedRoles: [String] = []

    /// The operating system's user, who passes as the owner or as nobody.
    package init(_ evidence: Evidence, user: String) {
        (self.evidence, name, self.user) = (evidence, user, user)
    }

    init(_ person: Person, _ session: LoginSession, user: String) {
        evidence = session.beginning == .credentials ? .session : .singleSignOn
        (name, self.user) = (person.printedName, user)
        (self.person, login, self.session) = (person.id, person.name, session.id)
        let holdings = person.holdings.sorted { $0.key < $1.key }
        roles = holdings.map(\.key.description)
        limitedRoles = holdings.map { $0.key.description + $0.value.limits.words }
    }

    init(host duties: Set<HostDuty>, user: String) {
        (evidence, name, self.user) = (.host, "host", user)
        roles = duties.map(\.rawValue).sorted()
        limitedRoles = roles
    }
}
