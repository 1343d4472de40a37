import Primitives
import Sealing

/// What somebody shows of himself. What he does not show is empty.
package struct Shown: ~Copyable, Sendable {
    package let name: LoginName?
    package let password: SecretBytes
    /// Of an authenticator, or a recovery code.
    package let code: String

    package init(name: LoginName?, password: consuming SecretBytes, code: String = "") {
        self.name = name
        self.password = password
        self.code = code
    }
}

/// Which components are wanted.
package enum Demand: Sendable, Equatable {
    case everything
    /// The one that only its owner knows.
    case secret
    case secondFactor
}

/// What came of looking at them.
package enum Verification: Sendable, Equatable {
    case right
    /// So many in a row.
    case wrong(failures: Int)
    case locked(for: Duration)
}

/// What one person proves himself with.
package struct Credentials: Sendable, Equatable {
    package let person: PersonID
    package internal(set) var password: PasswordCredential
    package internal(set) var timeCode: TimeCode?
    /// The fingerprint of the authenticator's secret.
    package internal(set) var factor: Digest32?
    package internal(set) var recovery = RecoveryCodes()
    package internal(set) var lockout = Lockout()
    /// When his authenticator was enrolled, or showed a right code last; nil where that is not known.
    package internal(set) var tested: Moment?

    init(person: PersonID, password: PasswordCredential) {
        (self.person, self.password) = (person, password)
    }

    package var hasSecondFactor: Bool { timeCode != nil }

    /// False when the authenticator is another's, or was; then nothing has changed. Who has one already shows it first, or a recovery code.
    mutating func enrol(
        _ code: TimeCode, secret: borrowing SecretBytes, recovery codes: RecoveryCodes,
        among factors: inout EnrolledFactors, by owner: Presence? = nil, at now: Moment
    ) -> Bool {
        let isProven = owner.map { $0.person == person && $0.isFresh(at: now) } ?? false
        guard isProven || !hasSecondFactor else { return false }
        let fingerprint = EnrolledFactors.fingerprint(of: secret)
        guard factors.enrol(fingerprint, for: person) else { return false }
        (timeCode, factor, recovery, tested) = (code, fingerprint, codes, now)
        return true
    }

    /// Looks at all that is demanded before it says anything, and never says what was wrong. Codes are used up only when all was right.
    ///
    /// `secret` is the authenticator's; it is empty where there is none.
    mutating func verify(
        _ shown: borrowing Shown, demanding demand: Demand, secret: borrowing SecretBytes, factors: EnrolledFactors,
        lockout policy: LockoutPolicy, at now: Moment
    ) throws -> Verification {
        if let rest = lockout.remaining(under: policy, at: now) { return .locked(for: rest) }
        var isPassword = true
        if demand != .secondFactor { isPassword = try password.current.matches(shown.password) }
        let means: Means? = demand == .secret ? .notAsked : secondFactor(shown.code, secret, factors, now)
        guard isPassword, let means else {
            lockout.fail(at: now)
            return .wrong(failures: lockout.failures)
        }
        lockout.succeed()
        switch means {
        case .step(let step):
            timeCode?.use(step: step)
            tested = now
        case .recovery(let code): recovery.use(code)
        case .notAsked: break
        }
        return .right
    }

    private enum Means { case step(UInt64), recovery(Digest32), notAsked }

    private func secondFactor(
        _ code: String, _ secret: borrowing SecretBytes, _ factors: EnrolledFactors, _ now: Moment
    ) -> Means? {
        guard let timeCode, let factor else { return .notAsked }
        if let code = recovery.find(code, of: person) { return .recovery(code) }
        guard factors.isUsable(factor, by: person) else { return nil }
        return timeCode.step(of: code, secret: secret, at: now.wall).map { .step($0) }
    }
}
