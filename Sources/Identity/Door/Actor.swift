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
        /// A service's credential.
        case serviceCredential = "service-credential"
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
    /// Nil for whoever is no service; a service is nobody who agrees, asks or signs.
    package var service: Service?
    /// Ascending.
    package var roles: [String] = []
    /// The same, each with its limits in words.
    package var limitedRoles: [String] = []

    package struct Service: Sendable, Equatable {
        package var id: PersonID
        /// Who is accountable for it.
        package var owner: PersonID
        package var credential: ServiceCredentialID
    }

    /// The operating system's user, who passes as the owner or as nobody.
    package init(_ evidence: Evidence, user: String) {
        (self.evidence, name, self.user) = (evidence, user, user)
    }

    init(_ person: Person, _ session: LoginSession, user: String) {
        evidence = session.beginning == .credentials ? .session : .singleSignOn
        (name, self.user) = (person.printedName, user)
        (self.person, login, self.session) = (person.id, person.name, session.id)
        setRoles(of: person)
    }

    init(service person: Person, _ service: Service, owner: String, user: String) {
        evidence = .serviceCredential
        (name, self.user) = ("\(person.printedName) (owner \(owner))", user)
        (login, self.service) = (person.name, service)
        setRoles(of: person)
    }

    init(host duties: Set<HostDuty>, user: String) {
        (evidence, name, self.user) = (.host, "host", user)
        roles = duties.map(\.rawValue).sorted()
        limitedRoles = roles
    }

    private mutating func setRoles(of person: Person) {
        let holdings = person.holdings.sorted { $0.key < $1.key }
        roles = holdings.map(\.key.description)
        limitedRoles = holdings.map { $0.key.description + $0.value.limits.words }
    }

    /// Why somebody who is no person of the directory is refused what one does.
    var refusal: AccessRefusal { service == nil ? .unknownPerson : .service }
}
