import Primitives
import Sealing
import Testing

@testable import Identity

/// Who somebody is, for ever (SEC-4, REG-3: 21 CFR 11.100).
@Suite("The directory") struct DirectoryTests {
    private let anna = IdentityWorld.id("anna")
    private let ben = IdentityWorld.id("ben")

    private func reference(_ text: String) -> Digest32 { SHA256Digest.of(Array(text.utf8)) }
    private func name(_ text: String) throws -> LoginName { try #require(LoginName(text)) }

    @Test("N-08: a former id is not given to anybody") func formerID() throws {
        var directory = try IdentityWorld().directory
        try directory.delete(ben, by: anna)
        #expect(throws: DirectoryRefusal.idTaken) {
            try directory.enrol(
                ben, name: try name("bert"), printedName: "Bert", reference: reference("bert's papers"), by: anna)
        }
    }

    @Test("N-08: nobody gets another's name, nor one that another had") func formerName() throws {
        var directory = try IdentityWorld().directory
        #expect(throws: DirectoryRefusal.nameTaken) {
            try directory.rename(ben, name: try name("anna"), printedName: "Anna Amsel", by: anna)
        }
        try directory.rename(ben, name: try name("benno"), printedName: "Benno Amsel", by: anna)
        #expect(throws: DirectoryRefusal.nameTaken) {
            try directory.enrol(
                PersonID.random(), name: try name("ben"), printedName: "Ben", reference: reference("other"), by: anna)
        }
        #expect(directory.person(named: try name("ben")) == nil)
        #expect(directory.person(named: try name("benno"))?.id == ben)
        try directory.rename(ben, name: try name("ben"), printedName: "Ben Amsel", by: anna)
        #expect(directory.person(named: try name("ben"))?.id == ben)
    }

    @Test("who comes back is the same person, without what he was before") func comesBack() throws {
        var directory = try IdentityWorld().directory
        #expect(throws: DirectoryRefusal.alreadyEnrolled(ben)) {
            try directory.enrol(
                PersonID.random(), name: try name("bert"), printedName: "Bert", reference: reference("ben"), by: anna)
        }
        try directory.delete(ben, by: anna)
        let back = try directory.enrol(
            PersonID.random(), name: try name("bert"), printedName: "Bert Amsel", reference: reference("ben"), by: anna)
        #expect(back == ben)
        #expect(directory.people[ben]?.holdings.isEmpty == true)
        #expect(directory.people[ben]?.printedName == "Bert Amsel")
    }

    @Test("nobody gives himself a role, and none that does more than run, look and sign is given by one alone")
    func roles() throws {
        var world = try IdentityWorld()
        let otto = IdentityWorld.id("otto")
        #expect(throws: DirectoryRefusal.oneself) {
            try world.directory.give(.auditor, to: anna, by: anna, at: world.clock.now)
        }
        for role in Role.builtIn where role.isPrivileged {
            #expect(throws: DirectoryRefusal.needsFourEyes) {
                try world.directory.give(role.name, to: otto, by: anna, at: world.clock.now)
            }
        }
        #expect(throws: DirectoryRefusal.notPermitted) {
            try world.directory.give(.auditor, to: otto, by: ben, at: world.clock.now)
        }
        try world.directory.give(.auditor, to: otto, by: anna, at: world.clock.now)
        #expect(world.directory.permits(otto, .audit))
        try world.directory.take(.auditor, from: otto, by: anna)
        #expect(!world.directory.permits(otto, .audit))
    }

    @Test("a change under four eyes is the one that was approved, and not for those who asked for it") func changes()
        throws
    {
        var world = try IdentityWorld()
        let otto = IdentityWorld.id("otto")
        let change = DirectoryChange.give(.technicalLead, to: otto)
        let other = DirectoryChange.give(.securityLead, to: otto)
        let warrant = try world.warrant(.changeApprovers, plan: change.plan)
        #expect(throws: DirectoryRefusal.otherWarrant) {
            try world.directory.carryOut(
                other, under: try world.warrant(.changeApprovers, plan: change.plan), at: world.clock.now)
        }
        #expect(throws: DirectoryRefusal.otherWarrant) {
            let kind = try world.warrant(.resetCredentials, plan: change.plan)
            try world.directory.carryOut(change, under: kind, at: world.clock.now)
        }
        try world.directory.carryOut(change, under: warrant, at: world.clock.now)
        #expect(world.directory.permits(otto, .restore))

        let own = DirectoryChange.give(.backupAdministrator, to: anna)
        #expect(throws: DirectoryRefusal.oneself) {
            try world.directory.carryOut(
                own, under: try world.warrant(.changeApprovers, plan: own.plan), at: world.clock.now)
        }
        // Nor for those who agreed to it.
        let bens = DirectoryChange.give(.backupAdministrator, to: ben)
        #expect(throws: DirectoryRefusal.oneself) {
            try world.directory.carryOut(
                bens, under: try world.warrant(.changeApprovers, plan: bens.plan), at: world.clock.now)
        }
    }

    @Test("a role of one's own is defined under four eyes, and the known ones stay as they are") func definitions()
        throws
    {
        var world = try IdentityWorld()
        let name = try #require(RoleName("database-team"))
        let define = DirectoryChange.define(
            Role(name: name, grants: [Grant([.backup], components: .only(["database"]))]))
        try world.directory.carryOut(
            define, under: try world.warrant(.changeApprovers, plan: define.plan), at: world.clock.now)
        try world.directory.give(name, to: IdentityWorld.id("otto"), by: anna, at: world.clock.now)

        let wider = DirectoryChange.define(Role(name: name, grants: [Grant([.forget])]))
        #expect(wider.plan != define.plan)
        let redefined = DirectoryChange.define(Role(name: .auditor, grants: [Grant(Set(Act.allCases))]))
        #expect(throws: DirectoryRefusal.builtIn) {
            let warrant = try world.warrant(.changeApprovers, plan: redefined.plan)
            try world.directory.carryOut(redefined, under: warrant, at: world.clock.now)
        }
    }

    @Test("a role that runs, looks or signs is defined by one person; one that does more, or comes to do more, is not")
    func ownRoles() throws {
        var world = try IdentityWorld()
        let otto = IdentityWorld.id("otto")
        let name = try #require(RoleName("watch"))
        func role(_ acts: Set<Act>, _ components: Scope = .all) -> Role {
            Role(name: name, grants: [Grant(acts, components: components)])
        }
        try world.directory.define(role([.inspect, .verify]), by: anna, at: world.clock.now)
        try world.directory.give(
            name, to: otto, within: Limits(components: ["a"], stores: []), by: anna, at: world.clock.now)
        #expect(throws: DirectoryRefusal.roleNeedsFourEyes) {
            try world.directory.define(role([.inspect, .restore]), by: anna, at: world.clock.now)
        }
        #expect(throws: DirectoryRefusal.notPermitted) {
            try world.directory.define(role([.inspect]), by: ben, at: world.clock.now)
        }
        #expect(throws: DirectoryRefusal.builtIn) {
            try world.directory.define(
                Role(name: .auditor, grants: [Grant([.inspect])]), by: anna, at: world.clock.now)
        }
        // Less than before takes one person, more does not, also where only its reach grows.
        let wide = DirectoryChange.define(role([.restore, .inspect], .only(["a", "b"])))
        try world.directory.carryOut(
            wide, under: try world.warrant(.changeApprovers, plan: wide.plan), at: world.clock.now)
        #expect(world.directory.people[otto]?.holdings[name]?.limits.components == .only(["a"]), "as it was given")
        #expect(world.directory.permits(otto, .restore, on: Target(component: "a")))
        #expect(!world.directory.permits(otto, .restore, on: Target(component: "b")))
        try world.directory.define(role([.restore], .only(["a"])), by: anna, at: world.clock.now)
        #expect(throws: DirectoryRefusal.roleNeedsFourEyes) {
            try world.directory.define(role([.restore], .only(["a", "c"])), by: anna, at: world.clock.now)
        }
        try world.directory.removeRole(name, by: anna)
        #expect(world.directory.people[otto]?.holdings[name] == nil && !world.directory.permits(otto, .restore))
        #expect(throws: DirectoryRefusal.builtIn) { try world.directory.removeRole(.auditor, by: anna) }
    }

    @Test("what others agreed to is the role as it was then, for this person, within these limits") func limitedPlans()
        throws
    {
        var world = try IdentityWorld()
        let otto = IdentityWorld.id("otto")
        let name = try #require(RoleName("team"))
        let narrow = DirectoryChange.give(.technicalLead, to: otto, within: Limits(components: ["a"], stores: []))
        #expect(narrow.plan != DirectoryChange.give(.technicalLead, to: otto).plan)
        #expect(
            narrow.plan
                != DirectoryChange.give(.technicalLead, to: otto, within: Limits(components: [], stores: ["a"])).plan)
        world.directory.roles[name] = Role(name: name, grants: [Grant([.restore])])
        let give = DirectoryChange.give(name, to: otto)
        let before = world.directory.plan(of: give)
        world.directory.roles[name] = Role(name: name, grants: [Grant([.restore, .export])])
        #expect(world.directory.plan(of: give) != before)
        #expect(throws: DirectoryRefusal.otherWarrant) {
            let warrant = try world.warrant(.changeApprovers, plan: before)
            try world.directory.carryOut(give, under: warrant, at: world.clock.now)
        }
    }

    @Test("a plan's digest tells every change from every other one") func plans() throws {
        let roles = try [RoleName("a"), RoleName("b")].map { try #require($0) }
        let scopes: [Scope] = [.all, .only([]), .only(["a"]), .only(["a", "b"]), .only(["ab"])]
        var plans = roles.flatMap { role in
            [anna, ben].map { DirectoryChange.give(role, to: $0).plan }
        }
        for role in roles {
            plans.append(DirectoryChange.define(Role(name: role, grants: [])).plan)
            for acts in [[], [.backup], [.backup, .key]] as [Set<Act>] {
                for components in scopes {
                    for stores in scopes {
                        let grant = Grant(acts, components: components, stores: stores)
                        plans.append(DirectoryChange.define(Role(name: role, grants: [grant])).plan)
                    }
                }
            }
        }
        #expect(Set(plans).count == plans.count)
    }

    @Test("N-09: a signing key is one person's for ever") func keys() throws {
        var world = try IdentityWorld()
        let (annas, bens, now) = (world.presence("anna"), world.presence("ben"), world.clock.now)
        let key = reference("key")
        try world.directory.setSigningKey(key, by: bens, at: now)
        #expect(throws: DirectoryRefusal.keyTaken) { try world.directory.setSigningKey(key, by: annas, at: now) }
        try world.directory.delete(ben, by: anna)
        #expect(throws: DirectoryRefusal.keyTaken) { try world.directory.setSigningKey(key, by: annas, at: now) }
        let late = world.clock.pass(.seconds(301))
        #expect(throws: DirectoryRefusal.presenceNeeded) {
            try world.directory.setSigningKey(reference("other"), by: annas, at: late)
        }
    }
}
