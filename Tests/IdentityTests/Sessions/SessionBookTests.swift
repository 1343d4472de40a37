import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Being signed in (SEC-4, SEC-5, REG-3: 21 CFR 11.200).
@Suite("Sessions") struct SessionBookTests {
    private final class Book {
        var world: IdentityWorld
        let token: [UInt8]
        let session: LoginSession

        init(purpose: LoginPurpose = .work) throws {
            var world = try IdentityWorld()
            token = world.random.bytes(32)
            session = world.sessions.open(
                LoginSessionID.random(using: &world.random), for: IdentityWorld.id("carla"), purpose: purpose,
                on: IdentityWorld.host, token: token.secret, at: world.clock.now)
            self.world = world
        }

        func use(on host: Digest32 = IdentityWorld.host) throws(SessionEnd) -> LoginSession {
            try world.sessions.use(token.secret, on: host, at: world.clock.now)
        }

        /// How it ended; nil when it goes on.
        func end(on host: Digest32 = IdentityWorld.host) -> SessionEnd? {
            do throws(SessionEnd) { _ = try use(on: host) } catch { return error }
            return nil
        }

        func refusal(_ act: Act) -> DoorRefusal? {
            session.refusal(
                for: act, on: .everything, directory: world.directory, limits: world.sessions.limits,
                at: world.clock.now)
        }
    }

    @Test("N-13: one that was idle for sixteen minutes is over, whatever the clock says") func idle() throws {
        let book = try Book()
        for _ in 0..<4 {
            book.world.clock.pass(.minutes(15))
            #expect(book.end() == nil)
        }
        book.world.clock.setWall(by: .minutes(-10))
        book.world.clock.pass(.minutes(16))
        #expect(book.end() == .idle)
        #expect(book.end() == .unknown)
    }

    @Test("after twelve hours it is over, however busy") func whole() throws {
        let book = try Book()
        for _ in 0..<72 {
            book.world.clock.pass(.minutes(10))
            #expect(book.end() == nil)
        }
        book.world.clock.pass(.seconds(1))
        #expect(book.end() == .over)
    }

    @Test("a host that was started anew has none, and a clock that is set forward ends them") func restarted() throws {
        let book = try Book()
        book.world.clock.restart(after: .seconds(1))
        #expect(book.end() == .restarted)
        let other = try Book()
        other.world.clock.setWall(by: .minutes(16))
        #expect(other.end() == .idle)
    }

    @Test("none outlives its limits, whatever is done to the clock, and none ends before them if nothing is")
    func property()
        throws
    {
        for seed in 0..<UInt64(Soak.count(60, full: 2000)) {
            var random = SeededGenerator(seed: seed)
            let book = try Book()
            let isHonest = seed % 2 == 0
            var (idle, whole) = (Duration.zero, Duration.zero)
            for _ in 0..<80 {
                let step = Duration.seconds(Int(random.next() % 1000))
                book.world.clock.pass(step)
                idle += step
                whole += step
                if !isHonest { book.world.clock.setWall(by: .seconds(Int(random.next() % 3000) - 2900)) }
                guard random.next() % 2 == 0 else { continue }
                let end = book.end()
                let isWithin = idle <= .minutes(15) && whole <= .hours(12)
                if !isWithin { #expect(end != nil, "seed \(seed)") }
                if isHonest, isWithin { #expect(end == nil, "seed \(seed)") }
                if end != nil { break }
                idle = .zero
            }
        }
    }

    @Test("N-14: a token from another host ends the session, and is an alarm") func stolen() throws {
        let book = try Book()
        let end = book.end(on: Digest32.zero)
        #expect(end == .otherHost && end?.isAlarming == true)
        #expect(book.end() == .unknown)
    }

    @Test("no other token opens it, and the token is not in the book") func tokens() throws {
        let book = try Book()
        for bit in stride(from: 0, to: 256, by: 7) {
            let forged = book.token.flippingBit(bit)
            #expect(throws: SessionEnd.unknown) {
                try book.world.sessions.use(forged.secret, on: IdentityWorld.host, at: book.world.clock.now)
            }
        }
        #expect(book.end() == nil)
        var written = ""
        dump(book.world.sessions, to: &written)
        let digest = SHA256Digest.of(Array("safehold v1 session token".utf8) + book.token)
        #expect(written.contains(String(digest.a)) && !written.contains("\(book.token)"))
        #expect(!written.contains(String(SHA256Digest.of(book.token).a)))
    }

    @Test("they are ended one by one, and all of a person's at once") func revoked() throws {
        let book = try Book()
        book.world.sessions.revoke(book.token.secret)
        #expect(book.end() == .unknown)

        let other = try Book()
        let bens = other.world.session("ben")
        let more = other.world.session("carla")
        other.world.sessions.revoke(more.id)
        #expect(other.end() == nil)
        other.world.sessions.revokeAll(of: IdentityWorld.id("carla"))
        #expect(other.end() == .unknown)
        #expect(other.world.sessions.all == [bens])
    }

    @Test("N-22: an act is refused to whoever has no role for it, with a session as without") func door() throws {
        let book = try Book()
        #expect(book.refusal(.backup) == nil)
        #expect(book.refusal(.audit) == .access(.noRole))
        #expect(book.refusal(.account) == .access(.noRole))
    }

    @Test("five minutes after the second factor, what ends something asks for it again, and nothing else does")
    func stepUp()
        throws
    {
        let book = try Book()
        let carla = IdentityWorld.id("carla")
        book.world.clock.pass(.minutes(5))
        #expect(book.refusal(.forget) == nil)
        book.world.clock.pass(.seconds(1))
        #expect(book.refusal(.forget) == .presenceNeeded)
        #expect(book.refusal(.backup) == nil && book.refusal(.restore) == nil)

        var own = book.world.credentials
        for (code, expected) in [
            ("000000", Verification.wrong(failures: 1)), (book.world.code("anna"), .wrong(failures: 2)),
            (book.world.code("carla"), .right), (book.world.code("carla"), .wrong(failures: 1)),
        ] {
            let shown = Shown(name: nil, password: .empty, code: code)
            let verification = try book.world.sessions.stepUp(
                book.token.secret, on: IdentityWorld.host, with: shown, credentials: &own,
                secret: IdentityWorld.seed("carla").secret, factors: book.world.factors, lockout: book.world.lockout,
                at: book.world.clock.now)
            #expect(verification == expected)
        }
        let session = try book.use()
        #expect(session.presence(under: SessionLimits(), at: book.world.clock.now)?.person == carla)
        #expect(
            session.refusal(
                for: .forget, on: .everything, directory: book.world.directory, limits: SessionLimits(),
                at: book.world.clock.now) == nil)
    }

    @Test("who has no second factor proves nothing with anything") func bare() throws {
        let book = try Book()
        let carla = IdentityWorld.id("carla")
        let password = try #require(book.world.credentials[carla]).password
        var own = CredentialBook()
        own[carla] = Credentials(person: carla, password: password)
        let verification = try book.world.sessions.stepUp(
            book.token.secret, on: IdentityWorld.host, with: book.world.shown("carla"), credentials: &own,
            secret: .empty, factors: book.world.factors, lockout: book.world.lockout, at: book.world.clock.now)
        #expect(verification == .wrong(failures: 0))
    }

    @Test("one that is for setting up lets nothing be done, and proves nothing") func settingUp() throws {
        let book = try Book(purpose: .settingUp)
        for act in Act.allCases { #expect(book.refusal(act) != nil) }
        #expect(book.session.presence(under: SessionLimits(), at: book.world.clock.now) == nil)
    }

    @Test("those that are over are put away, and no others") func sweep() throws {
        let book = try Book()
        book.world.clock.pass(.minutes(14))
        let later = book.world.session("anna")
        #expect(book.world.sessions.sweep(at: book.world.clock.now).isEmpty)
        book.world.clock.pass(.minutes(14))
        #expect(book.world.sessions.sweep(at: book.world.clock.now) == [book.session.id])
        #expect(book.world.sessions.all == [later])
        #expect(throws: SessionEnd.unknown) { try book.use() }
    }
}
