import Foundation
import Primitives
import TestSupport
import Testing

@testable import Identity

/// Who may do what (SEC-4).
@Suite("Permissions") struct PermissionTests {
    private static let targets: [(String, Target)] = [
        ("everything", .everything),
        ("database in main", Target(component: "database", store: "main")),
        ("database in offsite", Target(component: "database", store: "offsite")),
        ("documentation in main", Target(component: "documentation", store: "main")),
        ("database in all stores", Target(component: "database")),
        ("all components in main", Target(store: "main")),
        (
            "database and documentation in main",
            Target(components: .only(["database", "documentation"]), stores: .only(["main"]))
        ),
        ("a component of main that is not known yet", .someComponent(in: "main")),
    ]
    private static let letters = "abcdefgh"

    /// Two roles of one's own beside those that every directory has.
    private static func roles() throws -> [Role] {
        Role.builtIn + [
            Role(
                name: try #require(RoleName("database-team")),
                grants: [
                    Grant([.backup, .restore], components: .only(["database"]), stores: .only(["main"])),
                    Grant([.inspect], components: .only(["database"])),
                ]),
            Role(
                name: try #require(RoleName("store-keeper")),
                grants: [Grant([.storage, .replicate], stores: .only(["main"]))]),
            Role(name: try #require(RoleName("nobody")), grants: []),
        ]
    }

    /// Roles as somebody holds them who is limited to some components or stores.
    private static func limited() throws -> [(String, Role, Limits)] {
        func role(_ name: RoleName) throws -> Role { try #require(Role.builtIn.first { $0.name == name }) }
        return [
            ("operator-for-the-database", try role(.operator), Limits(components: ["database"], stores: [])),
            ("administrator-of-main", try role(.backupAdministrator), Limits(components: [], stores: ["main"])),
            (
                "restorer-of-two", try role(.technicalLead),
                Limits(components: ["database", "documentation"], stores: ["main"])
            ),
        ]
    }

    @Test("every role, every act and every kind of target, as somebody has looked at it") func matrix() throws {
        var text = "# One letter for each target, '-' where it is refused:\n"
        for (letter, target) in zip(Self.letters, Self.targets) { text += "# \(letter)  \(target.0)\n" }
        for (name, role, limits) in try Self.roles().map({ ($0.name.description, $0, .none) }) + Self.limited() {
            text += "\n\(name)\n"
            for act in Act.allCases {
                let letters = zip(Self.letters, Self.targets).map {
                    role.permits(act, on: $1.1, within: limits) ? String($0) : "-"
                }
                text += "  " + act.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0) + letters.joined() + "\n"
            }
        }
        try Golden.compare(text, "permissions.txt", beside: #filePath)
    }

    @Test("whoever holds no role, is not there, or was deleted, may do nothing at all") func denied() throws {
        var world = try IdentityWorld()
        let stranger = PersonID.random()
        let hire = try world.directory.enrol(
            PersonID.random(), name: try #require(LoginName("hanna")), printedName: "Hanna Hahn",
            reference: Digest32(a: 1, b: 2, c: 3, d: 4), by: IdentityWorld.id("anna"))
        try world.directory.delete(IdentityWorld.id("carla"), by: IdentityWorld.id("anna"))
        for act in Act.allCases {
            for (_, target) in Self.targets {
                #expect(world.directory.refusal(of: stranger, act, on: target) == .unknownPerson)
                #expect(world.directory.refusal(of: hire, act, on: target) == .noRole)
                #expect(world.directory.refusal(of: IdentityWorld.id("carla"), act, on: target) == .deleted)
            }
        }
    }

    @Test("several roles permit what one of them permits, and no more") func union() throws {
        let roles = try Self.roles()
        let anna = IdentityWorld.id("anna")
        var world = try IdentityWorld()
        for role in roles { world.directory.roles[role.name] = role }
        for first in roles {
            for second in roles {
                world.directory.people[anna]?.holdings = [:]
                for role in [first, second] {
                    try world.directory.place(role.name, on: anna, by: [], at: world.clock.now)
                }
                for act in Act.allCases {
                    for (_, target) in Self.targets {
                        let expected = first.permits(act, on: target) || second.permits(act, on: target)
                        #expect(world.directory.permits(anna, act, on: target) == expected)
                    }
                }
            }
        }
    }

    @Test("several components are permitted where each of them is, by whatever role") func several() throws {
        var world = try IdentityWorld()
        let otto = IdentityWorld.id("otto")
        let both = Target(components: .only(["database", "documentation"]))
        func limit(_ role: RoleName, _ components: String...) throws {
            try world.directory.place(
                role, on: otto, by: [], within: Limits(components: components, stores: []), at: world.clock.now)
        }
        try limit(.operator, "database")
        #expect(world.directory.permits(otto, .backup, on: Target(component: "database")))
        #expect(
            world.directory.refusal(of: otto, .backup, on: both) == .limited(Target(component: "documentation")))
        #expect(world.directory.refusal(of: otto, .backup, on: .everything) == .limited(.everything))
        #expect(world.directory.refusal(of: otto, .restore, on: both) == .noRole)
        try limit(.backupAdministrator, "documentation")
        #expect(world.directory.permits(otto, .backup, on: both))
        #expect(!world.directory.permits(otto, .restore, on: both))
        // No name at all is everything.
        #expect(!world.directory.permits(otto, .backup, on: Target(components: .init([]))))
    }

    @Test("a permit for one thing is none for another") func scope() throws {
        let asked = Permit<RestoreAction>(owner: "test", on: Target(component: "a", store: "main"))
        try asked.require(components: .only(["a"]))
        #expect(throws: Failure.self) { try asked.require(components: .only(["a", "b"])) }
        #expect(throws: Failure.self) { try asked.require(components: .all) }
        #expect(throws: Failure.self) { try asked.require(Target(component: "a", store: "other")) }
        let unknown = Permit<RestoreAction>(owner: "test", on: .someComponent(in: "main"))
        #expect(throws: Failure.self) { try unknown.require(components: .only(["a"])) }
        try Permit<RestoreAction>(owner: "test").require(components: .only(["a"]))
    }

    @Test("there is an act for each permit that an operation takes") func permits() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(contentsOf: root.appending(path: "Sources/Identity/Door/Permit.swift"), encoding: .utf8)
        let permits = Set(source.matches(of: #/enum (\w+)Action/#).map { $0.output.1.lowercased() })
        #expect(permits == Set(Act.allCases.map(\.rawValue)))
    }

    @Test("nobody who lets people in restores, drops or exports, and nobody who keeps things running ends anything")
    func separation() {
        for role in Role.builtIn {
            func may(_ act: Act) -> Bool { role.permits(act, on: .everything) }
            if may(.account) || may(.key) { #expect(!may(.restore) && !may(.forget) && !may(.export)) }
            if may(.forget) { #expect(!may(.hold) && !may(.lock) && !may(.audit) && !may(.account)) }
            if role.name == .operator { #expect(!may(.restore) && !may(.forget) && !may(.collect) && !may(.sign)) }
            if role.name == .auditor { #expect(!role.isPrivileged && !may(.backup)) }
        }
    }

    @Test(
        "names have one spelling",
        arguments: ["", "Anna", "anna ", "ann\u{E9}", "a.b", "a/b", String(repeating: "a", count: 65), "an\u{200B}na"])
    func names(_ text: String) {
        #expect(RoleName(text) == nil)
        #expect(LoginName(text) == nil)
    }
}
