import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Who gets a password, and who changes it (SEC-5, REG-3: 21 CFR 11.200(a)(3), 11.300).
@Suite("Credentials") struct CredentialBookTests {
    private static let ben = IdentityWorld.id("ben")
    private static let plan = CredentialBook.plan(for: ben)

    private func rules(_ world: IdentityWorld, breaches: BreachList = BreachList()) -> PasswordRules {
        PasswordRules(policy: world.passwords, lockout: world.lockout, breaches: breaches)
    }

    @Test("N-16: one administrator alone gives nobody a password, whoever executes it") func alone() throws {
        var world = try IdentityWorld()
        let id = try world.request(.resetCredentials, plan: Self.plan, by: "anna")
        #expect(throws: ApprovalRefusal.ownRequest) { try world.approve(id, by: "anna", plan: Self.plan) }
        #expect(throws: ApprovalRefusal.tooFew(approvals: 0, needed: 2)) {
            _ = try world.execute(id, .resetCredentials, plan: Self.plan, by: "anna")
        }
        try world.approve(id, by: "dora", plan: Self.plan)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) {
            _ = try world.execute(id, .resetCredentials, plan: Self.plan, by: "anna")
        }
        #expect(throws: ApprovalRefusal.notPermitted(.noRole)) {
            _ = try world.execute(id, .resetCredentials, plan: Self.plan, by: "dora")
        }
    }

    @Test("N-16: a warrant for another person, or for another act, changes nothing") func otherWarrant() throws {
        var world = try IdentityWorld()
        let before = world.credentials
        for (act, plan) in [
            (GraveAct.resetCredentials, CredentialBook.plan(for: IdentityWorld.id("otto"))),
            (.changeApprovers, Self.plan),
        ] {
            let warrant = try world.warrant(act, plan: plan)
            let isDone = try world.credentials.issue(
                "temporary".secret, to: Self.ben, under: warrant, salt: [9], policy: world.passwords,
                at: world.clock.now)
            #expect(!isDone && world.credentials == before)
        }
    }

    @Test("N-16: what others gave opens the way to another password only, and nothing is signed for a day") func reset()
        throws
    {
        var world = try IdentityWorld()
        let now = world.clock.now
        let warrant = try world.warrant(.resetCredentials, plan: Self.plan)
        let isDone = try world.credentials.issue(
            "temporary".secret, to: Self.ben, under: warrant, salt: [9], policy: world.passwords, at: now)
        #expect(isDone)
        #expect(world.credentials[Self.ben]?.password.standing(under: world.passwords, at: now) == .renewalDue)
        #expect(world.credentials[Self.ben]?.hasSecondFactor == true)
        let person = try #require(world.directory.people[Self.ben])
        let chosen = try world.credentials.choose(
            "my own new password".secret, for: person,
            showing: Shown(name: nil, password: "temporary".secret), salt: [8], rules: rules(world), at: now)
        #expect(chosen == .right)
        let own = try #require(world.credentials[Self.ben]).password
        #expect(own.standing(under: world.passwords, at: now) == .valid)
        let jumped = world.clock.setWall(by: .days(3))
        #expect(own.blocksSigning(under: world.passwords, at: jumped))
        let waited = world.clock.pass(.hours(24))
        #expect(!own.blocksSigning(under: world.passwords, at: waited))
    }

    @Test("N-16: the first password of somebody takes two others as well") func firstOne() throws {
        var world = try IdentityWorld()
        let hanna = try world.directory.enrol(
            PersonID.random(using: &world.random), name: try #require(LoginName("hanna")), printedName: "Hanna Hahn",
            reference: Digest32(a: 1, b: 2, c: 3, d: 4), by: IdentityWorld.id("anna"))
        let warrant = try world.warrant(.resetCredentials, plan: CredentialBook.plan(for: hanna))
        let isDone = try world.credentials.issue(
            "temporary".secret, to: hanna, under: warrant, salt: [9], policy: world.passwords, at: world.clock.now)
        let own = try #require(world.credentials[hanna])
        #expect(
            isDone && !own.hasSecondFactor && own.password.blocksSigning(under: world.passwords, at: world.clock.now))
        let isEnrolled = world.credentials.enrol(
            TimeCode(), secret: "hanna's".secret, recovery: RecoveryCodes(), for: hanna, among: &world.factors, by: nil,
            at: world.clock.now)
        #expect(isEnrolled && world.credentials[hanna]?.hasSecondFactor == true)
    }

    @Test("those with whom the directory began get their first one without others, once, and nobody else does")
    func founders()
        throws
    {
        var world = try IdentityWorld()
        var book = CredentialBook()
        var results: [Bool] = []
        try world.directory.give(
            .auditor, to: IdentityWorld.id("otto"), by: IdentityWorld.id("anna"), at: world.clock.now)
        for person in [Self.ben, Self.ben, IdentityWorld.id("otto"), PersonID.zero] {
            results.append(
                try book.found(
                    "temporary".secret, for: person, in: world.directory, salt: [1], policy: world.passwords,
                    at: world.clock.now))
        }
        #expect(results == [true, false, false, false])
    }

    @Test("another password is chosen by whoever shows the present one, within the same patience as at the door")
    func choosing()
        throws
    {
        var world = try IdentityWorld()
        let person = try #require(world.directory.people[Self.ben])
        func choose(_ present: String, _ next: String, _ world: inout IdentityWorld) throws -> Verification {
            let rules = self.rules(world)
            return try world.credentials.choose(
                next.secret, for: person, showing: Shown(name: nil, password: present.secret), salt: [8], rules: rules,
                at: world.clock.now)
        }
        let present = IdentityWorld.password(of: "ben")
        for failures in 1...5 {
            let wrong = try choose("wrong", "the next password", &world)
            #expect(wrong == .wrong(failures: failures))
        }
        let locked = try choose(present, "the next password", &world)
        #expect(locked == .locked(for: .minutes(15)))
        world.clock.pass(.minutes(15))
        #expect(throws: PasswordComplaint.usedBefore) { _ = try choose(present, present, &world) }
        let (right, old) = (
            try choose(present, "the next password", &world), try choose(present, "one more password", &world)
        )
        #expect(right == .right && old == .wrong(failures: 1))
    }

    @Test("N-18: a review is confirmed by whoever shows the password, unless it was breached since") func review()
        throws
    {
        var world = try IdentityWorld()
        world.clock.pass(.days(366))
        let (present, now) = (IdentityWorld.password(of: "ben"), world.clock.now)
        let breaches = try BreachList(lines: [SHA256Digest.of(Array(present.utf8)).hex])
        #expect(throws: PasswordComplaint.breached) {
            _ = try world.credentials.confirmReview(
                of: Self.ben, showing: world.shown("ben"), rules: rules(world, breaches: breaches), at: now)
        }
        let wrong = try world.credentials.confirmReview(
            of: Self.ben, showing: world.shown("ben", password: "wrong"), rules: rules(world), at: now)
        #expect(wrong == .wrong(failures: 1))
        #expect(world.credentials[Self.ben]?.password.standing(under: world.passwords, at: now) == .renewalDue)
        let right = try world.credentials.confirmReview(
            of: Self.ben, showing: world.shown("ben"), rules: rules(world), at: now)
        #expect(right == .right)
        #expect(world.credentials[Self.ben]?.password.standing(under: world.passwords, at: now) == .valid)
    }
}
