import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// A directory with a service, at one host.
struct ServiceWorld {
    static let service = PersonID(Prefix16(high: 7, low: 7))
    static let doorstep = Doorstep(host: IdentityWorld.host, user: "safehold")
    static let secret = [UInt8](repeating: 7, count: 32)
    static let people: [(String, RoleName)] = [
        ("anna", .securityLead), ("eva", .securityLead), ("ben", .backupAdministrator),
        ("carla", .complianceOfficer), ("otto", .operator),
    ]

    var clock = TestClock()
    var random = SeededGenerator(seed: 1)
    var state: IdentityState

    /// Otto is accountable, and anna has taken it in.
    init(_ roles: [RoleName] = [.operator], within limits: Limits = .none, days: Int = 90) throws {
        let founders = try Self.people.map { name, role in
            Directory.Founder(
                id: Self.id(name), name: try #require(LoginName(name)),
                printedName: IdentityWorld.printedName(of: name),
                reference: SHA256Digest.of(Array(name.utf8)), roles: [role])
        }
        state = try IdentityState(
            foundedBy: founders, house: House(approvers: 2, duties: [], founded: clock.now.wall), at: clock.reading,
            using: &random)
        clock.pass(.hours(24))
        let name = try #require(LoginName("nightly"))
        try state.enrolService(Self.service, name: name, owner: Self.id("otto"), by: Self.id("anna"))
        for role in roles {
            try state.give(role, to: Self.service, within: limits, by: Self.id("anna"), now: clock.now)
        }
        try equip(Self.secret, days: days)
    }

    static func id(_ name: String) -> PersonID { IdentityWorld.id(name) }

    mutating func equip(_ secret: [UInt8], days: Int = 90) throws {
        let credential = ServiceCredential(
            .zero, secret: secret.secret, on: IdentityWorld.host, days: days, at: clock.now)
        try state.setCredential(credential, of: Self.service, by: Self.id("anna"))
    }

    @discardableResult
    mutating func open<Action: PermittedAction>(
        _ action: Action.Type, on target: Target = .everything, by secret: [UInt8] = secret, at host: Digest32? = nil
    ) throws(Refusal) -> Actor {
        var doorstep = Self.doorstep
        if let host { doorstep.host = host }
        return try state.open(action, on: target, withService: secret.secret, at: doorstep, now: clock.now).who
    }
}
