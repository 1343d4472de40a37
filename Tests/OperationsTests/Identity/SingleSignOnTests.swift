import Primitives
import Sealing
import Testing

@testable import Identity
@testable import Operations

/// Who comes in by a provider's word, and who does not.
@Suite("Single sign-on") struct SingleSignOnTests {
    private static let issuer = "https://sso.test"

    /// A host that takes a provider's word, where ben is linked.
    private struct House {
        let host: FoundedHost
        let codes: [String]

        init(secondFactors: [String] = []) throws {
            host = try FoundedHost()
            codes = try host.equip("ben", password: "a password of ben's")
            let (provider, ben) = (
                try IdentityProvider(issuer: issuer, client: "safehold", secondFactors: secondFactors),
                try host.id("ben")
            )
            let subject = try ProviderSubject(issuer: issuer, name: "ben-at-sso")
            try host.keeping.decide { state, _, _ in
                state.provider = KeptProvider(provider: provider, secret: [])
                try state.links.link(subject, to: ben)
            }
        }

        func enter(
            _ name: String = "ben-at-sso", issuer: String = issuer, methods: [String] = [], shown: Int? = nil,
            code: String? = nil
        ) throws -> ProviderSignIn {
            let keeping = host.keeping
            return try keeping.decide { state, key, now in
                let authenticated = shown.map { seconds in
                    Timestamp(nanoseconds: now.wall.nanoseconds - Int64(seconds) * 1_000_000_000)
                }
                let statement = ProviderStatement(
                    try ProviderSubject(issuer: issuer, name: name), authenticated: authenticated, methods: methods)
                return try state.signIn(
                    by: statement, code: code, token: SecretBytes.random(count: SessionBook.tokenCount),
                    id: LoginSessionID.random(), key: key, at: try keeping.doorstep(key), now: now)
            }
        }

        func refusal(_ work: () throws -> ProviderSignIn) -> Failure.Code? {
            do {
                _ = try work()
                return nil
            } catch {
                return error.asFailure.code
            }
        }
    }

    @Test("takes the provider's word for the password, and asks for the second factor of this house") func both() throws
    {
        let house = try House()
        guard case .codeNeeded(let name) = try house.enter() else { throw Unexpected() }
        #expect(name.description == "ben")
        #expect(try house.enter(code: "000000") == .refused)
        guard case .done(let actor) = try house.enter(code: house.codes[0]) else { throw Unexpected() }
        #expect(actor.evidence == .singleSignOn && actor.login?.description == "ben")
        // A code is good once, whatever it came with.
        #expect(try house.enter(code: house.codes[0]) == .refused)
        // What the provider says of its own factors does not count unless this host says so.
        guard case .codeNeeded = try house.enter(methods: ["mfa", "otp"], shown: 1) else { throw Unexpected() }
    }

    @Test("takes the provider's second factor where that was decided, and it opens nothing more than the door")
    func vouched() throws {
        let house = try House(secondFactors: ["otp", "hwk"])
        guard case .done(let actor) = try house.enter(methods: ["pwd", "otp"], shown: 60) else { throw Unexpected() }
        #expect(actor.evidence == .singleSignOn)
        try house.host.keeping.look { state, _, now in
            let session = try #require(state.sessions.all.first { $0.id == actor.session })
            #expect(session.beginning == .providerAlone && session.presence(under: SessionLimits(), at: now) == nil)
        }
        // Not said when, not said how, too long ago.
        guard case .codeNeeded = try house.enter(methods: ["otp"]) else { throw Unexpected() }
        guard case .codeNeeded = try house.enter(methods: ["pwd"], shown: 60) else { throw Unexpected() }
        guard case .codeNeeded = try house.enter(methods: ["otp"], shown: 13 * 3600) else { throw Unexpected() }
    }

    @Test("CR-5: whose authenticator here has shown no code for a year shows it, whatever the provider says") func due()
        throws
    {
        let house = try House(secondFactors: ["otp"])
        house.host.pass(seconds: 366 * 86400)
        guard case .codeNeeded = try house.enter(methods: ["otp"], shown: 1) else { throw Unexpected() }
        // Nor does a session that goes on with a recovery code do anything.
        let door = try house.host.door(of: "ben")
        let failure = #expect(throws: Failure.self) { _ = try door.permit(for: BackupAction.self) }
        #expect(failure?.code == .presenceNeeded)
    }

    @Test("lets nobody in whom nobody is linked to, who is of another provider, or who is gone") func strangers() throws
    {
        let house = try House()
        #expect(house.refusal { try house.enter("eve-at-sso") } == .signInRefused)
        #expect(house.refusal { try house.enter(issuer: "https://evil.test") } == .providerMissing)
        let (ben, anna) = (try house.host.id("ben"), try house.host.id("anna"))
        try house.host.keeping.decide { state, _, now in try state.delete(ben, by: anna, now: now) }
        #expect(house.refusal { try house.enter(code: house.codes[0]) } == .signInRefused)
    }

    @Test("a person without an authenticator here comes in only where the provider's counts") func withoutFactor()
        throws
    {
        let house = try House()
        let subject = try ProviderSubject(issuer: Self.issuer, name: "carla-at-sso")
        let carla = try house.host.id("carla")
        try house.host.keeping.decide { state, _, _ in try state.links.link(subject, to: carla) }
        #expect(house.refusal { try house.enter("carla-at-sso", methods: ["otp"], shown: 1) } == .setupNeeded)
        let trusting = try IdentityProvider(issuer: Self.issuer, client: "safehold", secondFactors: ["otp"])
        try house.host.keeping.decide { state, _, _ in state.provider = KeptProvider(provider: trusting, secret: []) }
        guard case .done = try house.enter("carla-at-sso", methods: ["otp"], shown: 1) else { throw Unexpected() }
    }

    @Test("wrong codes close the account for both ways in") func lockout() throws {
        let house = try House(secondFactors: ["otp"])
        for _ in 0..<5 { #expect(try house.enter(code: "000000") == .refused) }
        guard case .locked = try house.enter(code: house.codes[0]) else { throw Unexpected() }
        guard case .locked = try house.enter(methods: ["otp"], shown: 1) else { throw Unexpected() }
        let shown = Shown(name: LoginName("ben"), password: "a password of ben's".secret, code: house.codes[0])
        let failure = #expect(throws: (any Error).self) { try SigningIn.run(shown, keeping: house.host.keeping) }
        #expect(failure?.asFailure.code == .accountLocked)
    }

    @Test("a subject is one person's for ever, and a person has one at most") func subjects() throws {
        var book = LinkBook()
        let (ben, carla) = (PersonID.random(), PersonID.random())
        let one = try ProviderSubject(issuer: Self.issuer, name: "one")
        let two = try ProviderSubject(issuer: Self.issuer, name: "two")
        try book.link(one, to: ben)
        try book.link(two, to: ben)
        #expect(book.person(of: two) == ben && book.person(of: one) == nil && book.subject(of: ben) == two)
        book.unlink(ben)
        #expect(book.person(of: two) == nil)
        #expect(throws: SingleSignOnRefusal.subjectTaken) { try book.link(one, to: carla) }
        #expect(throws: SingleSignOnRefusal.subjectTaken) { try book.link(two, to: carla) }
        let kept = try LinkBook(keptIn: try #require(book.row))
        #expect(kept == book)
    }

    @Test(
        "what is no issuer, no client, or no second factor is not taken",
        arguments: [
            "http://sso.test", "https://", "https:///a", "https://sso.test?a", "https://a@sso.test",
            "https://s so.test", "",
        ])
    func settings(_ issuer: String) throws {
        #expect(throws: SingleSignOnRefusal.issuerUnusable) {
            try IdentityProvider(issuer: issuer, client: "safehold")
        }
        for method in ["pwd", "pin", "sms", "", "o tp"] {
            #expect(throws: SingleSignOnRefusal.noFactor(method)) {
                try IdentityProvider(issuer: Self.issuer, client: "safehold", secondFactors: [method])
            }
        }
        #expect(throws: SingleSignOnRefusal.clientUnusable) {
            try IdentityProvider(issuer: Self.issuer, client: "safe hold")
        }
    }

    @Test("what is decided about the provider, the secret with it, is what others agree to") func plans() throws {
        let key = try HostKey.random()
        let provider = try IdentityProvider(issuer: Self.issuer, client: "safehold")
        let trusting = try IdentityProvider(issuer: Self.issuer, client: "safehold", secondFactors: ["otp"])
        let pinned = try IdentityProvider(issuer: Self.issuer, client: "safehold", authorities: [1])
        let secrets = [key.digest(ofClientSecret: "".secret), key.digest(ofClientSecret: "a".secret)]
        let plans = [provider, trusting, pinned].flatMap { provider in secrets.map { provider.plan(secret: $0) } }
        #expect(Set(plans).count == 6)
    }

    private struct Unexpected: Error {}
}
