import ArgumentParser
import Identity
import Operations
import Primitives

struct UsersFoundCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "found",
        abstract: "Begin this host's directory of persons.",
        discussion: """
            Names all with whom it begins: nobody is there yet who could let them in, and later ones come through them. Each gets a
            temporary password, good for a day, and chooses his own at his first 'safehold login'. It cannot be taken back.

            What nobody does alone (dropping snapshots, giving privileged roles, handing out passwords) takes the agreement of so
            many others beside the one who asks: two, or one with --approvers 1. There have to be enough founders for it, and
            two who may let people in are better than one: who forgets his password cannot give himself another.

            --host says what the host goes on doing without a person: 'backups' (backing up, archiving and getting log, copying,
            verifying), 'upkeep' (dropping what the strategy's rules do not keep, and freeing space), or 'nothing'.

              safehold users found --founder anna:security-lead:4711:'Anna Amsel' \\
                  --founder ben:backup-administrator:4712:'Ben Berg' --approvers 1 --host backups --handover first-passwords
            """)

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Login name, roles with commas between, a reference that names one human for good (a personnel number; only a digest is kept), and the name in print.",
            valueName: "login:roles:reference:name"))
    var founder: [String] = []

    @Option(name: .long, help: ArgumentHelp("How many others have to agree: 1 or 2.", valueName: "number"))
    var approvers = 2

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the host does by itself: backups, upkeep, tests, nothing; repeatable.", valueName: "duty"))
    var host: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("Where the temporary passwords go, a file for each.", valueName: "dir"),
        completion: .directory)
    var handover: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (1...2).contains(approvers) else { throw ValidationError("--approvers is 1 or 2.") }
        guard !founder.isEmpty else { throw ValidationError("Name those with whom it begins: --founder.") }
    }

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        if try keeping.isFounded() {
            throw Failure(
                .directoryExists, "This host has a directory of persons already.",
                advice: "'safehold users add' takes somebody in; 'safehold whoami' shows how things stand.")
        }
        try Secrets.requireSomewhere(handover, session)
        let founders = try founder.map(Self.parse)
        let passwords = try FoundDirectory.run(
            permit: try session.permit(AccountAction.self), keeping: keeping, founders: founders,
            approvers: approvers, duties: try duties())
        var items: [(name: String, text: String)] = []
        for index in passwords.names.indices {
            items.append((passwords.names[index].description, passwords.text(of: index)))
        }
        try Secrets.handOver(items, to: handover, session)
        for founder in founders {
            PersonChange.show(
                "founded", founder.name, session.output,
                "\(founder.printedName) signs in with 'safehold login \(founder.name)' within a day, and chooses a password."
            )
        }
        let letting = founders.count { $0.roles.contains(.securityLead) }
        if letting < 2 {
            session.output.warning(
                "Only one person may let others in; if he loses his password, nobody can give him another.")
        }
        return .done
    }

    private func duties() throws -> Set<HostDuty> {
        let advice = "Give --host backups, --host upkeep, --host tests, several of them, or --host nothing."
        guard !host.isEmpty else {
            throw Failure(.usage, "It is not said what this host does without a person.", advice: advice)
        }
        if host == ["nothing"] { return [] }
        return Set(
            try host.map { word in
                guard let duty = HostDuty(rawValue: word) else {
                    throw Failure(.usage, "A host has no duty '\(word)'.", advice: advice)
                }
                return duty
            })
    }

    private static func parse(_ text: String) throws -> FoundDirectory.Founder {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        let roles = parts.count == 4 ? parts[1].split(separator: ",").map { RoleName(String($0)) } : []
        guard parts.count == 4, let name = LoginName(parts[0]), !roles.isEmpty, !roles.contains(nil),
            !parts[2].isEmpty, RecordLine.isAllowed(parts[3])
        else {
            throw Failure(
                .usage, "'\(text)' does not name a founder.",
                advice: "Give LOGIN:ROLE,ROLE:REFERENCE:NAME, as in anna:security-lead:4711:'Anna Amsel'.")
        }
        return FoundDirectory.Founder(
            name: name, printedName: parts[3], reference: parts[2], roles: roles.compactMap { $0 })
    }
}
