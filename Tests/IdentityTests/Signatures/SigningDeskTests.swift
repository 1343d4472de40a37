import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// How somebody signs (REG-3: 21 CFR 11.100, 11.200, 11.300).
@Suite("Signing") struct SigningDeskTests {
    private static let everything: Set<SigningComponent> = [.identifier, .password, .secondFactor]
    private static let password = IdentityWorld.password(of: "ben")

    @Test(
        "N-10: the first signing is refused with the secret alone, and with the session alone, though he is signed in")
    func first() throws {
        let desk = try SignatureWorld()
        #expect(
            desk.desk.components(in: desk.session, directory: desk.world.directory, at: desk.world.clock.now)
                == Self.everything)
        #expect(throws: SigningRefusal.components(Self.everything)) { try desk.signAgain() }
        #expect(throws: SigningRefusal.components(Self.everything)) { try desk.sign() }
        #expect(throws: SigningRefusal.components(Self.everything)) {
            try desk.sign(name: "ben", password: Self.password)
        }
        #expect(throws: SigningRefusal.components(Self.everything)) {
            try desk.sign(password: Self.password, code: desk.world.code("ben"))
        }
        let signature = try desk.signFirst()
        #expect(signature.record.ceremony.ordinal == 1)
        #expect(signature.record.ceremony.components == Self.everything)
        #expect(desk.problems(signature).isEmpty)
    }

    @Test("N-11: the second signing is accepted with the secret alone, and says that it was the second") func second()
        throws
    {
        let desk = try SignatureWorld()
        try desk.signFirst()
        desk.world.clock.pass(.minutes(10))
        let signature = try desk.signAgain()
        #expect(signature.record.ceremony.ordinal == 2)
        #expect(signature.record.ceremony.components == [.password])
        #expect(desk.problems(signature).isEmpty)
    }

    @Test("N-12: the second signing is refused with the name alone, and by a click") func click() throws {
        for (name, code) in [("ben", ""), (nil, ""), ("ben", "123456")] as [(String?, String)] {
            let desk = try SignatureWorld()
            try desk.signFirst()
            #expect(throws: SigningRefusal.components([.password])) { try desk.sign(name: name, code: code) }
        }
    }

    @Test("N-13: after sixteen idle minutes everything is asked for again, also when the clock was set back")
    func idle() throws {
        let desk = try SignatureWorld()
        try desk.signFirst()
        desk.world.clock.setWall(by: .minutes(-20))
        desk.world.clock.pass(.minutes(16))
        #expect(throws: SigningRefusal.components(Self.everything)) { try desk.signAgain() }
        desk.world.clock.pass(.minutes(30))
        #expect(try desk.signFirst().record.ceremony.ordinal == 1)
    }

    @Test("another role, another session, a restart, and a wrong attempt end the continuous period, too")
    func interrupted() throws {
        let ben = IdentityWorld.id("ben")
        let ends: [(SignatureWorld) throws -> Void] = [
            { try $0.world.directory.place(.auditor, on: ben, by: [], at: $0.world.clock.now) },
            { $0.session = $0.world.session("ben") },
            { $0.world.clock.restart(after: .seconds(1)) },
            { desk in #expect(throws: SigningRefusal.self) { try desk.sign(password: "wrong") } },
            { $0.desk.forget($0.session.id) },
        ]
        for end in ends {
            let desk = try SignatureWorld()
            try desk.signFirst()
            try desk.signAgain()
            try end(desk)
            #expect(throws: SigningRefusal.components(Self.everything)) { try desk.signAgain() }
        }
    }

    @Test("N-15: another cannot sign in an open session, neither with his own components nor as the owner")
    func another() throws {
        let desk = try SignatureWorld()
        try desk.signFirst()
        let annas = IdentityWorld.password(of: "anna")
        let refusal = #expect(throws: SigningRefusal.self) {
            try desk.sign(name: "anna", password: annas, code: desk.world.code("anna"))
        }
        #expect(refusal == .otherPerson && refusal?.isAlarming == true)
        #expect(throws: SigningRefusal.components(Self.everything)) {
            try desk.sign(name: "ben", password: annas, code: desk.world.code("anna"))
        }
    }

    @Test("N-14: a ceremony that was begun in one session is not finished in another") func otherSession() throws {
        let desk = try SignatureWorld()
        let nonce = try desk.begin()
        desk.session = desk.world.session("ben")
        let refusal = #expect(throws: SigningRefusal.self) { try desk.sign(nonce, desk.world.shown("ben")) }
        #expect(refusal == .otherSession && refusal?.isAlarming == true)
    }

    @Test("N-17: a ceremony is good for one attempt, whether it worked or not, and for five minutes") func replay()
        throws
    {
        let desk = try SignatureWorld()
        let nonce = try desk.begin()
        _ = try desk.sign(nonce, desk.world.shown("ben"))
        desk.world.clock.pass(.seconds(30))
        let refusal = #expect(throws: SigningRefusal.self) { try desk.sign(nonce, desk.world.shown("ben")) }
        #expect(refusal == .spentCeremony && refusal?.isAlarming == true)

        let failed = try desk.begin()
        #expect(throws: SigningRefusal.self) { try desk.sign(failed, desk.world.shown("ben", password: "wrong")) }
        #expect(throws: SigningRefusal.spentCeremony) { try desk.sign(failed, desk.world.shown("ben")) }

        let late = try desk.begin()
        desk.world.clock.pass(.seconds(301))
        #expect(throws: SigningRefusal.ceremonyTooOld) { try desk.sign(late, desk.world.shown("ben")) }
        #expect(throws: SigningRefusal.spentCeremony) { try desk.sign(.zero, desk.world.shown("ben")) }
    }

    @Test("N-16: after others gave him a password nothing is signed for a day") func reset() throws {
        let desk = try SignatureWorld()
        let ben = IdentityWorld.id("ben")
        let warrant = try desk.world.warrant(.resetCredentials, plan: CredentialBook.plan(for: ben))
        var book = desk.world.credentials
        let isDone = try book.issue(
            "temporary".secret, to: ben, under: warrant, salt: [1], policy: desk.world.passwords,
            at: desk.world.clock.now)
        #expect(isDone)
        desk.world.credentials = book
        #expect(throws: SigningRefusal.renewalDue) {
            try desk.sign(name: "ben", password: "temporary", code: desk.world.code("ben"))
        }
        try book[ben]?.password.change(
            to: Self.fresh.secret, of: try #require(LoginName("ben")), salt: [2], policy: desk.world.passwords,
            breaches: BreachList(), at: desk.world.clock.now)
        desk.world.credentials = book
        desk.world.clock.setWall(by: .days(2))
        desk.session = desk.world.session("ben")
        #expect(throws: SigningRefusal.resetLately) {
            try desk.sign(name: "ben", password: Self.fresh, code: desk.world.code("ben"))
        }
        desk.world.clock.pass(.hours(24))
        desk.session = desk.world.session("ben")
        try desk.sign(name: "ben", password: Self.fresh, code: desk.world.code("ben"))
    }

    private static let fresh = "chosen by myself alone"

    @Test("N-18: with a password past its review nothing is signed") func ageing() throws {
        let desk = try SignatureWorld()
        desk.world.clock.pass(.days(366))
        desk.session = desk.world.session("ben")
        #expect(throws: SigningRefusal.renewalDue) { try desk.signFirst() }
    }

    @Test("N-19: with an authenticator that was reported lost nothing is signed") func lost() throws {
        let desk = try SignatureWorld()
        desk.world.factors.reportLost(EnrolledFactors.fingerprint(of: IdentityWorld.seed("ben").secret))
        #expect(throws: SigningRefusal.components(Self.everything)) { try desk.signFirst() }
    }

    @Test(
        "N-20: five wrong secrets close the account, with an alarm that has their number, and the right one is refused then"
    )
    func locked() throws {
        let desk = try SignatureWorld()
        for _ in 0..<4 {
            #expect(throws: SigningRefusal.components(Self.everything)) {
                try desk.sign(name: "ben", password: "wrong", code: desk.world.code("ben"))
            }
        }
        let refusal = #expect(throws: SigningRefusal.self) {
            try desk.sign(name: "ben", password: "wrong", code: desk.world.code("ben"))
        }
        #expect(refusal == .locked(failures: 5) && refusal?.isAlarming == true)
        #expect(throws: SigningRefusal.locked(failures: 5)) { try desk.signFirst() }
        desk.world.clock.pass(.minutes(15))
        desk.session = desk.world.session("ben")
        try desk.signFirst()
    }

    @Test("N-21: a version that is not the present one is not signed") func superseded() throws {
        let desk = try SignatureWorld()
        desk.current = 4
        #expect(throws: SigningRefusal.superseded) { try desk.signFirst() }
    }

    @Test("N-22: who may not sign does not, whatever he shows") func notPermitted() throws {
        let desk = try SignatureWorld()
        let (anna, ben) = (IdentityWorld.id("anna"), IdentityWorld.id("ben"))
        try desk.world.directory.take(.complianceOfficer, from: ben, by: anna)
        try desk.world.directory.give(.operator, to: ben, by: anna, at: desk.world.clock.now)
        #expect(throws: SigningRefusal.notPermitted(.access(.noRole))) { try desk.signFirst() }
        try desk.world.directory.delete(ben, by: anna)
        #expect(throws: SigningRefusal.notPermitted(.access(.deleted))) { try desk.signFirst() }
    }

    @Test("who asked for something does not sign for it") func independent() throws {
        let desk = try SignatureWorld()
        #expect(throws: SigningRefusal.notIndependent) { try desk.sign(others: [IdentityWorld.id("ben")]) }
    }

    @Test("with another's key nothing is signed, nor with one that was taken away") func otherKey() throws {
        let desk = try SignatureWorld()
        try desk.world.directory.setSigningKey(.zero, by: desk.world.presence("ben"), at: desk.world.clock.now)
        #expect(throws: SigningRefusal.otherKey) { try desk.signFirst() }
    }

    @Test("with a key that is not certified any more nothing is signed") func keyExpired() throws {
        let desk = try SignatureWorld()
        desk.world.clock.pass(.days(731))
        desk.session = desk.world.session("ben")
        #expect(throws: SigningRefusal.keyNotValid) { try desk.signFirst() }
    }

    @Test("N-28: the time is the host's, and there is nowhere to put another") func time() throws {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        #expect(signature.record.signedAt == desk.world.clock.now.wall)
    }
}
