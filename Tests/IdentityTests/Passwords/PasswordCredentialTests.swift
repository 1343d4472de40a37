import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Choosing, ageing and resetting passwords (SEC-5, REG-3: 21 CFR 11.300).
@Suite("A person's password") struct PasswordCredentialTests {
    private static let anna = "anna"

    private func policy(_ ageing: PasswordPolicy.Ageing = .review(every: .days(365))) -> PasswordPolicy {
        var policy = PasswordPolicy()
        policy.parameters = ScryptParameters(logN: 2, r: 1, p: 1)
        policy.ageing = ageing
        return policy
    }

    private func change(
        _ credential: inout PasswordCredential, to text: [UInt8], _ policy: PasswordPolicy,
        breaches: BreachList = BreachList(), at now: Moment
    ) throws {
        try credential.change(
            to: text.secret, of: try #require(LoginName(Self.anna)), salt: text, policy: policy, breaches: breaches,
            at: now)
    }

    private func chosen(_ policy: PasswordPolicy, at now: Moment) throws -> PasswordCredential {
        var credential = try PasswordCredential(temporary: "temporary".secret, salt: [1], policy: policy, at: now)
        try change(&credential, to: Array("correct horse battery".utf8), policy, at: now)
        return credential
    }

    private func complaint(_ text: [UInt8], breaches: BreachList = BreachList()) throws -> PasswordComplaint? {
        var credential = try chosen(policy(), at: TestClock().now)
        do { try change(&credential, to: text, policy(), breaches: breaches, at: TestClock().now) } catch {
            return error as? PasswordComplaint
        }
        return nil
    }

    @Test("length is counted in characters, and nothing is asked of their kinds") func length() throws {
        #expect(try complaint(Array("elevenchars".utf8)) == .tooShort(minimum: 12))
        #expect(try complaint(Array("twelve chars".utf8)) == nil)
        #expect(try complaint(Array("äöüäöüäöüäö".utf8)) == .tooShort(minimum: 12))
        #expect(try complaint(Array("äöüäöüäöüäöü".utf8)) == nil)
        #expect(try complaint([UInt8](repeating: 0x61, count: 1025)) == .tooLong(maximum: 1024))
        #expect(try complaint([UInt8](repeating: 0xFF, count: 20)) == .notText)
        #expect(try complaint(Array("a long password\0".utf8)) == .notText)
    }

    @Test("it does not have the login name inside, in whatever case") func likeName() throws {
        #expect(try complaint(Array("my name is aNNa, truly".utf8)) == .likeName)
        #expect(try complaint(Array("my name is an na, truly".utf8)) == nil)
    }

    @Test("breached ones are refused, by SHA-256 as by SHA-1") func breached() throws {
        let sha1 = "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3303003"  // "password"
        let digest = SHA256Digest.of(Array("correct horse staple".utf8)).hex
        let breaches = try BreachList(lines: [sha1, "", digest])
        #expect(try complaint(Array("correct horse staple".utf8), breaches: breaches) == .breached)
        let (short, other) = (breaches.contains("password".secret), breaches.contains("Password".secret))
        #expect(short && !other)
        for line in ["5BAA", "x", "zz" + digest.dropFirst(2)] {
            #expect(throws: EncodingError.self) { try BreachList(lines: [line]) }
        }
    }

    @Test("the last five do not come back, the sixth does") func history() throws {
        let now = TestClock().now
        var credential = try chosen(policy(), at: now)
        let words = (0..<7).map { Array("password number \($0)".utf8) }
        for word in words { try change(&credential, to: word, policy(), at: now) }
        for word in words[1...] {
            #expect(throws: PasswordComplaint.usedBefore) { try change(&credential, to: word, policy(), at: now) }
        }
        try change(&credential, to: words[0], policy(), at: now)
    }

    @Test("what somebody else handed over opens nothing but the way to another, and that for a day") func temporary()
        throws
    {
        var clock = TestClock()
        let credential = try PasswordCredential(temporary: "x".secret, salt: [1], policy: policy(), at: clock.now)
        #expect(credential.standing(under: policy(), at: clock.now) == .renewalDue)
        clock.pass(.hours(24))
        #expect(credential.standing(under: policy(), at: clock.now) == .renewalDue)
        clock.pass(.seconds(1))
        #expect(credential.standing(under: policy(), at: clock.now) == .expired)
    }

    @Test("N-18: past its date it is good for renewal only, whichever way of ageing was chosen") func ageing() throws {
        for ageing in [PasswordPolicy.Ageing.review(every: .days(365)), .change(every: .days(365))] {
            var clock = TestClock()
            let policy = self.policy(ageing)
            var credential = try chosen(policy, at: clock.now)
            clock.pass(.days(365))
            #expect(credential.standing(under: policy, at: clock.now) == .valid)
            clock.setWall(by: .days(-30))
            clock.pass(.seconds(1))
            #expect(credential.standing(under: policy, at: clock.now) == .renewalDue)
            try credential.confirmReview("correct horse battery".secret, breaches: BreachList(), at: clock.now)
            let isByReview = ageing == .review(every: .days(365))
            #expect(credential.standing(under: policy, at: clock.now) == (isByReview ? .valid : .renewalDue))
        }
    }

    @Test("a review finds what was breached since") func review() throws {
        let now = TestClock().now
        var credential = try chosen(policy(), at: now)
        let breaches = try BreachList(lines: [SHA256Digest.of(Array("correct horse battery".utf8)).hex])
        #expect(throws: PasswordComplaint.breached) {
            try credential.confirmReview("correct horse battery".secret, breaches: breaches, at: now)
        }
    }
}
