import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// For the day when the authenticator is gone, and whose an authenticator is (SEC-5).
@Suite("Recovery codes, and owners") struct RecoveryCodesTests {
    private let anna = IdentityWorld.id("anna")

    @Test("each code is good once, however it is typed, and for one person") func once() throws {
        var random = SeededGenerator(seed: 1)
        let (made, texts) = RecoveryCodes.make(for: anna, using: &random)
        var codes = made
        #expect(texts.count == 10 && Set(texts).count == 10 && codes.remaining == 10)
        for text in texts {
            #expect(text.wholeMatch(of: #/[A-Z2-7]{4}(-[A-Z2-7]{4}){3}/#) != nil)
            #expect(codes.find(text, of: IdentityWorld.id("ben")) == nil)
            let typed = text.lowercased().split(separator: "-").joined(separator: " ")
            let found = try #require(codes.find(typed, of: anna))
            codes.use(found)
            #expect(codes.find(text, of: anna) == nil)
        }
        #expect(codes.remaining == 0)
    }

    @Test(
        "nothing else is one",
        arguments: ["", "AAAA-AAAA-AAAA-AAAA", "AAAA", "ÄÖÜ", String(repeating: "A", count: 9999)])
    func others(_ text: String) {
        var random = SeededGenerator(seed: 1)
        let (codes, _) = RecoveryCodes.make(for: anna, using: &random)
        #expect(codes.find(text, of: anna) == nil)
    }

    @Test("N-09: an authenticator is one person's for ever") func owners() throws {
        var factors = EnrolledFactors()
        let factor = EnrolledFactors.fingerprint(of: "seed".secret)
        let (first, second, again) = (
            factors.enrol(factor, for: anna), factors.enrol(factor, for: IdentityWorld.id("ben")),
            factors.enrol(factor, for: anna)
        )
        #expect(first && !second && !again)
        #expect(factors.isUsable(factor, by: anna) && !factors.isUsable(factor, by: IdentityWorld.id("ben")))

        var world = try IdentityWorld()
        var ben = try #require(world.credentials[IdentityWorld.id("ben")])
        let before = ben
        let isEnrolled = ben.enrol(
            TimeCode(), secret: IdentityWorld.seed("anna").secret, recovery: RecoveryCodes(), among: &world.factors,
            by: world.presence("ben"), at: world.clock.now)
        #expect(!isEnrolled && ben == before)
    }

    @Test("who has one enrols another only after he has shown it minutes ago") func another() throws {
        var world = try IdentityWorld()
        var ben = try #require(world.credentials[IdentityWorld.id("ben")])
        let old = world.presence("ben")
        world.clock.pass(.seconds(301))
        for (owner, expected) in [
            (nil, false), (old, false), (world.presence("anna"), false), (world.presence("ben"), true),
        ] {
            let isEnrolled = ben.enrol(
                TimeCode(), secret: "another".secret, recovery: RecoveryCodes(), among: &world.factors, by: owner,
                at: world.clock.now)
            #expect(isEnrolled == expected)
        }
    }

    @Test("N-19: what was reported lost is refused from then on, and does not come back") func lost() {
        var factors = EnrolledFactors()
        let factor = EnrolledFactors.fingerprint(of: "seed".secret)
        let isFirst = factors.enrol(factor, for: anna)
        factors.reportLost(factor)
        let isAgain = factors.enrol(factor, for: anna)
        #expect(isFirst && !isAgain && !factors.isUsable(factor, by: anna))
    }
}
