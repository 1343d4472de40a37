import ArgumentParser
import Identity
import Operations
import Primitives

struct UsersListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show who is in the directory, and in what roles.",
        discussion: """
              safehold users list
            """)

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let lines = try People.list(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity)
        if session.output.json {
            for line in lines { session.output.record("person") { line.fill(&$0) } }
        } else if !session.output.quiet {
            var table = Table(
                ["login", "name", "roles", "stands"].map { (heading: $0, alignment: .left) })
            for line in lines { table.add(line.cells) }
            session.output.lines(table.lines)
        }
        return .done
    }
}

struct UsersShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one person.",
        discussion: """
              safehold users show carla
            """)

    @Argument(help: ArgumentHelp("The login name, or the id.", valueName: "name"))
    var name: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let lines = try People.list(
            permit: try session.permit(AccountAction.self), keeping: session.surroundings.identity)
        guard let line = lines.first(where: { $0.person.name.description == name || $0.person.id.hex == name }) else {
            throw DirectoryRefusal.unknownPerson.failure
        }
        if session.output.json {
            session.output.record("person") { line.fill(&$0) }
        } else if !session.output.quiet {
            session.output.lines(line.details)
        }
        return .done
    }
}

extension People.Line {
    func fill(_ object: inout JSONObject) {
        object.set("id", person.id.hex)
        object.set("login", person.name.description)
        object.set("name", person.printedName)
        object.set("kind", person.isService ? "service" : "person")
        object.set("active", person.isActive)
        object.set("roles", roles)
        object.set("limits", limits)
        object.set("has_password", standing.hasPassword)
        object.set("has_authenticator", standing.hasAuthenticator)
        if let tested = standing.authenticatorTested { object.set("authenticator_tested", tested) }
        object.set("authenticator_due", standing.isTestDue)
        object.set("locked", standing.lockedFor != nil)
        object.set("document", proof?.document.rawValue)
        object.set("checked_by", proof?.by)
        object.set("accountable", isAccountable)
        object.set("recovery_codes", UInt64(standing.recoveryCodes))
        object.set("sessions", UInt64(sessions.count))
        object.set("subject", subject)
        object.set("owner", owner)
        if let credential = person.service?.credential {
            object.set("credential_until", credential.until)
            object.set("credential_expired", isExpired)
            if let seen = credential.seen { object.set("credential_used", seen.wall) }
        }
    }

    /// Of the roles that have some.
    private var limits: [String] {
        person.holdings.filter { $0.value.limits != .none }.sorted { $0.key < $1.key }
            .map { $0.key.description + $0.value.limits.words }
    }

    var roles: [String] { person.holdings.keys.sorted().map(\.description) }

    fileprivate var stands: String {
        if !person.isActive { return "gone" }
        if let service = person.service { return stands(service) }
        if !standing.hasPassword, subject != nil { return sessions.isEmpty ? "single sign-on only" : "signed in" }
        if !standing.hasPassword { return "has no password yet" }
        if standing.lockedFor != nil { return "closed after wrong attempts" }
        if !standing.hasAuthenticator || standing.isPasswordDue { return "has to choose a password" }
        if standing.isTestDue { return "has to show a code of the authenticator" }
        return sessions.isEmpty ? "" : "signed in"
    }

    private func stands(_ service: ServiceIdentity) -> String {
        if owner == nil { return "has no owner any more" }
        guard let credential = service.credential else { return "has no credential" }
        return isExpired ? "its credential has expired" : "has a credential until \(Text.time(credential.until))"
    }

    fileprivate var cells: [String] {
        [
            person.name.description, Text.printable(Array(person.printedName.utf8)), roles.joined(separator: ", "),
            stands,
        ]
    }

    fileprivate var details: [String] {
        var lines = [
            "\(Text.printable(Array(person.printedName.utf8))), \(person.name), \(person.id.hex)",
            "Roles: \(roles.isEmpty ? "none" : "")",
        ]
        for (role, holding) in person.holdings.sorted(by: { $0.key < $1.key }) {
            let how = holding.by.isEmpty ? "since the directory was founded" : "since \(Text.time(holding.since.wall))"
            lines.append("  \(role) \(how)\(Text.printable(Array(holding.limits.words.utf8)))")
        }
        if !stands.isEmpty { lines.append("Stands: \(stands)") }
        if let service = person.service {
            if let owner { lines.append("Owner: \(owner)") }
            if let seen = service.credential?.seen { lines.append("Credential, used last at \(Text.time(seen.wall))") }
            return lines
        }
        if let proof {
            let by = Text.printable(Array(proof.by.utf8))
            lines.append("Verified by \(by), \(Text.time(proof.at)): \(proof.document.rawValue)")
        } else {
            lines.append("Nobody has verified who this is: no first password, and no signatures")
        }
        if !isAccountable { lines.append("Has not signed yet to be accountable for what is signed") }
        if let tested = standing.authenticatorTested {
            lines.append("Authenticator enrolled, or showed a code last, at \(Text.time(tested))")
        }
        if let subject { lines.append("Single sign-on: \(subject)") }
        lines.append("Recovery codes left: \(standing.recoveryCodes)")
        lines += sessions.map { "Session, used last at \(Text.time($0))" }
        return lines
    }
}
