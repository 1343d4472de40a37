import Foundation
import Primitives
import TestSupport
import Testing

@testable import Identity
@testable import Operations

/// The one door, as operations meet it (SEC-4).
@Suite("Door") struct DoorTests {
    private static let targets: [Target] = [
        .everything, Target(component: "database", store: "main"), Target(component: "database", store: "offsite"),
        Target(component: "documentation", store: "main"), Target(component: "database"), Target(store: "main"),
        Target(components: .only(["database", "documentation"]), stores: .only(["main"])), .someComponent(in: "main"),
    ]

    /// What the matrix has of roles with limits.
    private static let limited: [String: (RoleName, Limits)] = [
        "operator-for-the-database": (.operator, Limits(components: ["database"], stores: [])),
        "administrator-of-main": (.backupAdministrator, Limits(components: [], stores: ["main"])),
        "restorer-of-two": (
            .technicalLead, Limits(components: ["database", "documentation"], stores: ["main"])
        ),
    ]

    private typealias Attempt = (act: Act, enter: @Sendable (any Doorkeeper, Target) throws -> Void)

    private static func attempt<Action: PermittedAction>(_ action: Action.Type) -> Attempt {
        (Action.act, { door, target in _ = try door.permit(for: action, on: target) })
    }

    /// One for each permit that there is.
    private static let attempts: [Attempt] = [
        attempt(InitialiseAction.self), attempt(BackupAction.self), attempt(RestoreAction.self),
        attempt(ExportAction.self), attempt(VerifyAction.self), attempt(InspectAction.self), attempt(LogAction.self),
        attempt(KeyAction.self), attempt(ForgetAction.self), attempt(CollectAction.self), attempt(LockAction.self),
        attempt(HoldAction.self), attempt(ReplicateAction.self), attempt(MediaAction.self),
        attempt(StorageAction.self), attempt(StrategyAction.self), attempt(AccountAction.self),
        attempt(ApproveAction.self), attempt(SignAction.self),
    ]

    /// By role and act, the letters of the matrix that somebody has looked at.
    private static func golden() throws -> [String: [String: String]] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "IdentityTests/Roles/Golden/permissions.txt")
        var matrix: [String: [String: String]] = [:]
        var role = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("  ") {
                let words = line.split(separator: " ")
                matrix[role, default: [:]][String(words[0])] = String(words[1])
            } else {
                role = String(line)
            }
        }
        return matrix
    }

    @Test("every role, every permit and every kind of target, through the real door: as the matrix of roles says")
    func matrix() throws {
        let golden = try Self.golden()
        #expect(Set(Self.attempts.map(\.act)).union([.audit]) == Set(Act.allCases))
        let host = try FoundedHost(
            [("anna", .securityLead), ("ben", .backupAdministrator), ("carla", .complianceOfficer)])
        for (role, acts) in golden.sorted(by: { $0.key < $1.key }) {
            let door = try somebody(role, at: host)
            for attempt in Self.attempts {
                let letters = try #require(acts[attempt.act.rawValue], "\(role) \(attempt.act)")
                for (letter, target) in zip(letters, Self.targets) {
                    let result = Result { try attempt.enter(door, target) }
                    switch result {
                    case .success: #expect(letter != "-", "\(role) \(attempt.act) \(target)")
                    case .failure(let error):
                        #expect(letter == "-", "\(role) \(attempt.act) \(target)")
                        #expect(error.asFailure.code == .notPermitted)
                    }
                }
            }
        }
    }

    /// Somebody with one role, which may be one of the matrix' own.
    private func somebody(_ role: String, at host: FoundedHost) throws -> IdentityDoor {
        let name = try #require(RoleName(role))
        try host.keeping.decide { state, _, now in
            if role == "database-team" {
                state.directory.roles[name] = Role(
                    name: name,
                    grants: [
                        Grant([.backup, .restore], components: .only(["database"]), stores: .only(["main"])),
                        Grant([.inspect], components: .only(["database"])),
                    ])
            } else if role == "store-keeper" {
                state.directory.roles[name] = Role(
                    name: name, grants: [Grant([.storage, .replicate], stores: .only(["main"]))])
            } else if role == "nobody" {
                state.directory.roles[name] = Role(name: name, grants: [])
            }
            let id = try state.directory.enrol(
                PersonID.random(), name: try #require(LoginName("one-" + role)), printedName: role,
                reference: Digest32(a: 1, b: 2, c: 3, d: UInt64(truncatingIfNeeded: role.hashValue)),
                by: try People.find("anna", in: state).id)
            let (held, limits) = Self.limited[role] ?? (name, .none)
            try state.directory.place(held, on: id, by: [], within: limits, at: now)
        }
        return try host.door(of: "one-" + role)
    }

    @Test(
        "the host itself does what its duties say, and nothing else",
        arguments: [
            Set<HostDuty>(), [.backups], [.upkeep], [.backups, .upkeep],
        ])
    func duties(_ duties: Set<HostDuty>) throws {
        let host = try FoundedHost(duties: duties)
        let door = IdentityDoor(host.keeping).ofHost()
        let allowed = Set(duties.flatMap(\.acts))
        for attempt in Self.attempts {
            if allowed.contains(attempt.act) {
                try attempt.enter(door, .everything)
            } else {
                let failure = #expect(throws: Failure.self) { try attempt.enter(door, .everything) }
                #expect(failure?.code == .notPermitted)
            }
        }
        // By its rules it drops what the strategy does not keep; nothing else that is grave.
        for act in GraveAct.allCases {
            let plan = GravePlan(act, lines: ["something"])
            if act == .dropSnapshots, duties.contains(.upkeep) {
                try door.leave(for: plan, request: nil).require(act, plan: plan.digest)
            } else {
                #expect(throws: Failure.self) { _ = try door.leave(for: plan, request: nil) }
            }
        }
        #expect(door.whoIsThere().evidence == .host)
        #expect(duties.isEmpty || door.whoIsThere().roles == duties.map(\.rawValue).sorted())
    }

    @Test("the host's duties are these") func dutiesThemselves() {
        #expect(HostDuty.backups.acts == [.backup, .log, .verify, .inspect, .replicate])
        #expect(HostDuty.upkeep.acts == [.forget, .collect, .inspect])
    }

    @Test("without a directory the operating system's user passes, and is named") func owner() throws {
        let folder = try TemporaryFolder()
        let door = IdentityDoor(IdentityKeeping(state: HostState(root: folder.path), user: "root"))
        for attempt in Self.attempts { try attempt.enter(door, .everything) }
        #expect(door.whoIsThere().evidence == .operatingSystem && door.whoIsThere().name == "root")
        #expect(try LocalFile.names(in: folder.path) == [], "nothing is kept before somebody asks for it")
    }

    @Test("with a directory nobody passes who does not stand there with a token") func nobody() throws {
        let host = try FoundedHost()
        let door = IdentityDoor(host.keeping)
        for attempt in Self.attempts {
            let failure = #expect(throws: Failure.self) { try attempt.enter(door, .everything) }
            #expect(failure?.code == .notSignedIn)
        }
        #expect(door.whoIsThere().evidence == .none)
    }

    @Test("a plan that is not the one that leave was given for is not carried out") func otherPlan() throws {
        let host = try FoundedHost(duties: [.upkeep])
        let door = IdentityDoor(host.keeping).ofHost()
        let (one, other) = (GravePlan(.dropSnapshots, lines: ["a"]), GravePlan(.dropSnapshots, lines: ["b"]))
        let refusal = #expect(throws: ApprovalRefusal.self) {
            try door.leave(for: one, request: nil).require(.dropSnapshots, plan: other.digest)
        }
        #expect(refusal == .otherPlan)
        #expect(throws: ApprovalRefusal.self) {
            try door.leave(for: one, request: nil).require(.erase, plan: one.digest)
        }
    }
}
