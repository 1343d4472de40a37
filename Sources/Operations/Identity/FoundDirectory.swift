import Catalog
import Glibc
import Identity
import Primitives
import Sealing

/// Begins this host's directory of persons. From then on nothing is done here by whoever happens to have a shell.
package enum FoundDirectory {
    package struct Founder: Sendable {
        package var name: LoginName
        package var printedName: String
        package var reference: String
        package var roles: [RoleName]

        package init(name: LoginName, printedName: String, reference: String, roles: [RoleName]) {
            (self.name, self.printedName) = (name, printedName)
            (self.reference, self.roles) = (reference, roles)
        }
    }

    /// A temporary password for each, which opens the door to choosing another one.
    package struct Passwords: ~Copyable {
        package var names: [LoginName] = []
        private var texts: [String] = []

        init() {}
        mutating func add(_ name: LoginName, _ text: String) {
            names.append(name)
            texts.append(text)
        }
        package func text(of index: Int) -> String { texts[index] }
    }

    package static func run(
        permit: consuming Permit<AccountAction>, keeping: IdentityKeeping, founders: [Founder], approvers: Int,
        duties: Set<HostDuty>
    ) throws -> Passwords {
        try check(founders, approvers: approvers)
        let followed = try keeping.followedStrategy()
        return try keeping.found { key, reading in
            var generator = SystemRandomNumberGenerator()
            let people = founders.map {
                Directory.Founder(
                    id: PersonID.random(), name: $0.name, printedName: $0.printedName,
                    reference: key.reference($0.reference), roles: $0.roles)
            }
            return try IdentityState(
                foundedBy: people, house: House(approvers: approvers, duties: duties, founded: reading.wall),
                at: reading, using: &generator)
        } _: { state, _, now in
            var generator = SystemRandomNumberGenerator()
            if let followed { state.adopt(followed, by: nil, now: now) }
            var passwords = Passwords()
            for founder in founders {
                guard let person = state.directory.person(named: founder.name) else { continue }
                let text = TemporaryPassword.text(using: &generator)
                guard try state.give(TemporaryPassword.secret(text), toFounder: person.id, now: now, using: &generator)
                else { throw DirectoryRefusal.unknownPerson }
                passwords.add(founder.name, text)
            }
            return passwords
        }
    }

    /// There must be enough of them for what nobody does alone: nobody could be let in later.
    private static func check(_ founders: [Founder], approvers: Int) throws {
        let known = Dictionary(uniqueKeysWithValues: Role.builtIn.map { ($0.name, $0) })
        for role in founders.flatMap(\.roles) where known[role] == nil { throw DirectoryRefusal.unknownRole.failure }
        func may(_ founder: Founder, _ act: Act) -> Bool {
            founder.roles.contains { known[$0]?.permits(act, on: .everything) == true }
        }
        guard founders.contains(where: { may($0, .account) }) else {
            throw Failure(
                .directoryRefused, "None of the founders could let others in.",
                advice: "Give one of them, better two, the role security-lead.")
        }
        guard founders.count(where: { may($0, .approve) }) > approvers else {
            throw Failure(
                .directoryRefused,
                "There are too few founders: of those who may agree to what others ask for, \(approvers + 1) are needed.",
                advice:
                    "Name more, or found it with --approvers 1, which takes two people. What nobody does alone could not be done at all otherwise."
            )
        }
    }
}

/// What somebody is handed over, and replaces at once.
package enum TemporaryPassword {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    /// 100 bits, in groups that can be read out.
    static func text(using generator: inout some RandomNumberGenerator) -> String {
        (0..<5).map { _ in String((0..<4).map { _ in alphabet[Int(generator.next() as UInt64 >> 59)] }) }
            .joined(separator: "-")
    }

    static func secret(_ text: String) -> SecretBytes {
        var bytes = Array(text.utf8)
        return SecretBytes(consuming: &bytes)
    }
}

extension IdentityKeeping {
    /// What this host follows already goes on.
    fileprivate func followedStrategy() throws -> Digest32? {
        guard access(CatalogPlace.path(state), F_OK) == 0 else { return nil }
        return try StrategyKeeping.newest(try CatalogPlace.open(state))?.digest
    }
}
