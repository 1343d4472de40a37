import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Signing in (SEC-5, REG-3: 21 CFR 11.300).
@Suite("Signing in") struct SignInDeskTests {
    private struct Door {
        var world: IdentityWorld
        var desk: SignInDesk

        init() throws {
            world = try IdentityWorld()
            desk = SignInDesk(passwords: world.passwords, lockout: world.lockout, using: &world.random)
        }

        mutating func tries(_ shown: borrowing Shown) throws -> SignInOutcome {
            try desk.admit(
                shown, to: world.directory, credentials: &world.credentials, factors: world.factors,
                secret: { id in
                    guard let name = IdentityWorld.names.first(where: { IdentityWorld.id($0) == id }) else {
                        return .empty
                    }
                    return IdentityWorld.seed(name).secret
                }, at: world.clock.now)
        }

        mutating func tries(_ name: String, password: String? = nil, code: String? = nil) throws -> SignInAnswer {
            try tries(world.shown(name, password: password, code: code)).answer
        }
    }

    private static let admitted = SignInAnswer.admitted(IdentityWorld.id("ben"), .work)

    @Test("takes the password and the code, each once") func both() throws {
        var door = try Door()
        let (right, again) = (try door.tries("ben"), try door.tries("ben"))
        #expect(right == Self.admitted && again == .refused)
        door.world.clock.pass(.seconds(30))
        let (noCode, noPassword) = (try door.tries("ben", code: ""), try door.tries("ben", password: ""))
        #expect(noCode == .refused && noPassword == .refused)
        let (foreign, next) = (try door.tries("ben", code: door.world.code("anna")), try door.tries("ben"))
        #expect(foreign == .refused && next == Self.admitted)
    }

    @Test("a code is not used up by a wrong password") func codeStays() throws {
        var door = try Door()
        let (wrong, right) = (try door.tries("ben", password: "wrong"), try door.tries("ben"))
        #expect(wrong == .refused && right == Self.admitted)
    }

    @Test("a name that nobody has is treated as a wrong password is, from the first attempt to the last lock")
    func enumeration() throws {
        var door = try Door()
        for _ in 0..<30 {
            var outcomes: [SignInOutcome] = []
            for name in ["ben", "nobody-of-this-name"] {
                outcomes.append(try door.tries(door.world.shown(name, password: "wrong", code: "000000")))
            }
            #expect(outcomes[0] == outcomes[1])
            door.world.clock.pass(.minutes(7))
        }
    }

    @Test("somebody who was deleted, or renamed, is one that nobody has") func gone() throws {
        var door = try Door()
        let (anna, ben) = (IdentityWorld.id("anna"), IdentityWorld.id("ben"))
        let benno = try #require(LoginName("benno"))
        try door.world.directory.rename(ben, name: benno, printedName: "Benno", by: anna)
        let old = try door.tries("ben")
        let renamed = try door.tries(
            Shown(
                name: benno, password: IdentityWorld.password(of: "ben").secret, code: door.world.code("ben")))
        #expect(old == .refused && renamed.answer == Self.admitted)
        try door.world.directory.delete(ben, by: anna)
        door.world.clock.pass(.seconds(30))
        let deleted = try door.tries(
            Shown(
                name: benno, password: IdentityWorld.password(of: "ben").secret, code: door.world.code("ben")))
        #expect(deleted.answer == .refused)
    }

    @Test("N-20: the fifth wrong attempt closes the account and is told to those who watch, not to him who tried")
    func lock() throws {
        var door = try Door()
        var alarms: [Int?] = []
        for _ in 0..<5 { alarms.append(try door.tries(door.world.shown("ben", password: "wrong")).alarm) }
        #expect(alarms == [nil, nil, nil, nil, 5])
        let closed = try door.tries("ben")
        #expect(closed == .locked(for: .minutes(15)))
        door.world.clock.pass(.minutes(15))
        let open = try door.tries("ben")
        #expect(open == Self.admitted)
    }

    @Test("one name's lock is no other's") func others() throws {
        var door = try Door()
        for _ in 0..<5 { _ = try door.tries("anna", password: "wrong") }
        let ben = try door.tries("ben")
        #expect(ben == Self.admitted)
    }

    @Test("locks of names that nobody has do not fill the memory") func strangers() throws {
        var door = try Door()
        for number in 0..<Soak.count(200, full: 3 * SignInDesk.strangersRemembered) {
            _ = try door.tries("stranger-\(number)", password: "x")
        }
        #expect(door.desk.strangersKnown <= SignInDesk.strangersRemembered)
    }

    @Test("N-19: with a lost authenticator only a recovery code is left, once") func lost() throws {
        var door = try Door()
        let ben = IdentityWorld.id("ben")
        var own = Credentials(person: ben, password: try #require(door.world.credentials[ben]).password)
        let (codes, texts) = RecoveryCodes.make(for: ben, using: &door.world.random)
        let seed = door.world.random.bytes(20)
        let isEnrolled = own.enrol(
            TimeCode(), secret: seed.secret, recovery: codes, among: &door.world.factors,
            at: door.world.clock.now)
        #expect(isEnrolled)
        door.world.factors.reportLost(EnrolledFactors.fingerprint(of: seed.secret))
        door.world.credentials[ben] = own

        let step = UInt64(door.world.clock.now.wall.nanoseconds / 1_000_000_000) / 30
        let code = OneTimeCode.code(seed.secret, counter: step, algorithm: .sha1, digits: 6)
        let withToken = try door.tries("ben", code: String(decoding: code, as: UTF8.self))
        let withCode = try door.tries("ben", code: texts[0])
        let twice = try door.tries("ben", code: texts[0])
        #expect(withToken == .refused && withCode == Self.admitted && twice == .refused)
    }

    @Test("N-18: with a password past its date he is let in to choose another, and with no second factor to enrol one")
    func settingUp() throws {
        var door = try Door()
        let ben = IdentityWorld.id("ben")
        door.world.clock.pass(.days(366))
        let late = try door.tries("ben")
        #expect(late == .admitted(ben, .settingUp))

        var fresh = try Door()
        let password = try #require(fresh.world.credentials[ben]).password
        fresh.world.credentials[ben] = Credentials(person: ben, password: password)
        let bare = try fresh.tries("ben", code: "")
        #expect(bare == .admitted(ben, .settingUp))
    }

    @Test("a temporary password that is too old lets nobody in") func expired() throws {
        var door = try Door()
        let ben = IdentityWorld.id("ben")
        let temporary = try PasswordCredential(
            temporary: "temporary".secret, salt: [1], policy: door.world.passwords, at: door.world.clock.now)
        door.world.credentials[ben] = Credentials(person: ben, password: temporary)
        let soon = try door.tries("ben", password: "temporary")
        door.world.clock.pass(.hours(25))
        let late = try door.tries("ben", password: "temporary")
        #expect(soon == .admitted(ben, .settingUp) && late == .refused)
    }
}
