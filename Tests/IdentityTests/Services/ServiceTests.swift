import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Programs in the directory: what they may, and how they end.
@Suite("Services") struct ServiceTests {
    @Test("a service does what its role permits, and its record names it and who is accountable") func opens() throws {
        var world = try ServiceWorld()
        let who = try world.open(BackupAction.self)
        #expect(who.evidence == .serviceCredential && who.name == "service nightly (owner Otto Amsel)")
        #expect(who.person == nil && who.session == nil && who.service?.owner == ServiceWorld.id("otto"))
        #expect(who.roles == ["operator"] && who.login?.description == "nightly")
        #expect(throws: Refusal.act(.audit, .access(.noRole))) { try world.open(AuditAction.self) }
        #expect(world.state.directory.people[ServiceWorld.service]?.service?.credential?.seen == world.clock.now)
    }

    @Test("whatever roles it has, it runs and looks: it never signs, agrees, ends, opens or lets in") func acts() throws
    {
        var world = try ServiceWorld([.operator, .auditor])
        let all = Role(name: try #require(RoleName("all")), grants: [Grant(Set(Act.allCases))])
        world.state.directory.roles[all.name] = all
        world.state.directory.people[ServiceWorld.service]?.holdings[all.name] = RoleHolding(
            since: world.clock.now, by: [], version: 1)
        for act in Act.allCases {
            let refusal = world.state.directory.refusal(of: ServiceWorld.service, act, on: .everything)
            let may: Set<Act> = [.backup, .verify, .inspect, .replicate, .media, .audit]
            #expect(refusal == (may.contains(act) ? nil : .service), "\(act)")
            if act.needsPresence || !act.isOrdinary { #expect(!act.isForServices, "\(act)") }
        }
        for act in GraveAct.allCases { #expect(!act.act.isForServices, "\(act)") }
    }

    @Test("it asks for nothing, agrees to nothing and ends no request") func requests() throws {
        var world = try ServiceWorld([.operator, .auditor])
        let (who, now, plan) = (try world.open(InspectAction.self), world.clock.now, Digest32.zero)
        #expect(throws: ApprovalRefusal.notPermitted(.service)) {
            _ = try world.state.ask(.liftHold, on: .everything, plan: plan, words: "", by: who, now: now)
        }
        let request = ApprovalID.random()
        try world.state.approvals.request(
            request, .dropSnapshots, on: .everything, plan: plan, by: ServiceWorld.id("ben"), in: world.state.directory,
            at: now)
        #expect(throws: ApprovalRefusal.presenceNeeded) {
            _ = try world.state.approve(request, plan: plan, by: who, now: now)
        }
        #expect(throws: ApprovalRefusal.notPermitted(.service)) {
            _ = try world.state.withdraw(request, by: who, now: now)
        }
        #expect(world.state.presence(of: who, now: now) == nil)
    }

    @Test("roles that do more are given to no service, and one that comes to do more permits it nothing")
    func privileged()
        throws
    {
        var world = try ServiceWorld()
        let (anna, now) = (ServiceWorld.id("anna"), world.clock.now)
        for role in [RoleName.securityLead, .backupAdministrator, .technicalLead, .complianceOfficer] {
            #expect(throws: DirectoryRefusal.roleNotForServices) {
                try world.state.give(role, to: ServiceWorld.service, by: anna, now: now)
            }
            #expect(throws: DirectoryRefusal.roleNotForServices) {
                try world.state.directory.place(role, on: ServiceWorld.service, by: [], at: now)
            }
        }
        let team = try #require(RoleName("team"))
        try world.state.define(Role(name: team, grants: [Grant([.backup])]), by: anna, now: now)
        try world.state.give(team, to: ServiceWorld.service, by: anna, now: now)
        try world.state.take(.operator, from: ServiceWorld.service, by: anna)
        try world.open(BackupAction.self)
        world.state.directory.roles[team] = Role(name: team, grants: [Grant([.backup, .restore])])
        #expect(throws: Refusal.act(.backup, .access(.noRole))) { try world.open(BackupAction.self) }
        #expect(throws: Refusal.act(.restore, .access(.service))) { try world.open(RestoreAction.self) }
    }

    @Test("who answers for a service has no hand in what it may, and nobody answers for one that he takes in")
    func owners()
        throws
    {
        var world = try ServiceWorld()
        let (anna, eva, now) = (ServiceWorld.id("anna"), ServiceWorld.id("eva"), world.clock.now)
        let name = try #require(LoginName("other"))
        #expect(throws: DirectoryRefusal.ownService) {
            try world.state.enrolService(.random(), name: name, owner: anna, by: anna)
        }
        #expect(throws: DirectoryRefusal.ownService) {
            try world.state.setOwner(anna, of: ServiceWorld.service, by: anna)
        }
        try world.state.setOwner(eva, of: ServiceWorld.service, by: anna)
        #expect(throws: DirectoryRefusal.ownService) {
            try world.state.give(.auditor, to: ServiceWorld.service, by: eva, now: now)
        }
        let team = try #require(RoleName("team"))
        try world.state.define(Role(name: team, grants: [Grant([.inspect])]), by: anna, now: now)
        try world.state.give(team, to: ServiceWorld.service, by: anna, now: now)
        #expect(throws: DirectoryRefusal.ownService) {
            try world.state.define(Role(name: team, grants: [Grant([.inspect, .audit])]), by: eva, now: now)
        }
        // No service answers for another, and nobody who lets no people in has a say.
        #expect(throws: DirectoryRefusal.service) {
            try world.state.enrolService(.random(), name: name, owner: ServiceWorld.service, by: anna)
        }
        #expect(throws: DirectoryRefusal.notPermitted) {
            try world.state.enrolService(.random(), name: name, owner: eva, by: ServiceWorld.id("ben"))
        }
        #expect(throws: DirectoryRefusal.notPermitted) {
            try world.state.setCredential(nil, of: ServiceWorld.service, by: ServiceWorld.id("otto"))
        }
    }

    @Test("a service whose owner was put out does nothing until another is named, also when he comes back")
    func ownerless()
        throws
    {
        var world = try ServiceWorld()
        let (anna, otto) = (ServiceWorld.id("anna"), ServiceWorld.id("otto"))
        try world.state.delete(otto, by: anna, now: world.clock.now)
        #expect(throws: Refusal.act(.backup, .access(.ownerless))) { try world.open(BackupAction.self) }
        let back = try world.state.enrol(
            .random(), name: try #require(LoginName("otto")), printedName: "Otto Amsel",
            reference: SHA256Digest.of(Array("otto".utf8)), by: anna)
        #expect(back == otto)
        #expect(throws: Refusal.act(.backup, .access(.ownerless))) { try world.open(BackupAction.self) }
        try world.state.setOwner(ServiceWorld.id("ben"), of: ServiceWorld.service, by: anna)
        #expect(try world.open(BackupAction.self).name == "service nightly (owner Ben Amsel)")
    }

    @Test("what only people have, no service gets") func people() throws {
        var world = try ServiceWorld()
        let (anna, now) = (ServiceWorld.id("anna"), world.clock.now)
        #expect(throws: DirectoryRefusal.service) {
            try world.state.prove(ServiceWorld.service, by: .passport, checkedBy: anna, now: now)
        }
        let temporary = try world.state.give(
            "a temporary password".secret, toFounder: ServiceWorld.service, now: now, using: &world.random)
        #expect(!temporary)
        let shown = Shown(name: LoginName("nightly"), password: ServiceWorld.secret.secret, code: "000000")
        let key = try HostKey([UInt8](repeating: 1, count: 32).secret)
        let answer = try world.state.signIn(
            shown, token: [UInt8](repeating: 9, count: 32).secret, id: .zero, key: key, at: ServiceWorld.doorstep,
            now: now)
        #expect(answer == .refused)
    }
}
