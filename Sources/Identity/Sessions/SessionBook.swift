import Primitives
import Sealing

/// Who is signed in. Of tokens it has digests only: who reads it cannot be anybody.
package struct SessionBook: Sendable, Equatable {
    package static let tokenCount = 32

    package let limits: SessionLimits
    var sessions: [Digest32: LoginSession] = [:]

    package init(limits: SessionLimits) { self.limits = limits }

    package var all: [LoginSession] { sessions.values.sorted { $0.id < $1.id } }

    /// `token` is `tokenCount` random bytes that nobody else knows. All components were shown just now.
    package mutating func open(
        _ id: LoginSessionID, for person: PersonID, purpose: LoginPurpose,
        beginning: LoginSession.Beginning = .credentials, on host: Digest32, token: borrowing SecretBytes,
        at now: Moment
    ) -> LoginSession {
        precondition(token.count == Self.tokenCount)
        let session = LoginSession(
            id: id, person: person, purpose: purpose, beginning: beginning, host: host, began: now, seen: now,
            proven: now)
        sessions[Self.digest(of: token)] = session
        return session
    }

    /// Goes on with a session. One that does not go on is gone, also when the token turned up where it does not belong.
    package mutating func use(
        _ token: borrowing SecretBytes, on host: Digest32, at now: Moment
    ) throws(SessionEnd) -> LoginSession {
        let digest = Self.digest(of: token)
        guard var session = sessions[digest] else { throw .unknown }
        if let end = session.end(under: limits, on: host, at: now) {
            sessions[digest] = nil
            throw end
        }
        session.seen = now
        sessions[digest] = session
        return session
    }

    /// Whose session a token is of; nil where it is of none.
    func owner(of token: borrowing SecretBytes) -> PersonID? { sessions[Self.digest(of: token)]?.person }

    /// Looks at the second factor again (SEC-5).
    package mutating func stepUp(
        _ token: borrowing SecretBytes, on host: Digest32, with shown: borrowing Shown,
        credentials: inout CredentialBook, secret: borrowing SecretBytes, factors: EnrolledFactors,
        lockout: LockoutPolicy, at now: Moment
    ) throws -> Verification {
        var session = try use(token, on: host, at: now)
        guard var own = credentials[session.person], own.hasSecondFactor else { return .wrong(failures: 0) }
        let verification = try own.verify(
            shown, demanding: .secondFactor, secret: secret, factors: factors, lockout: lockout, at: now)
        credentials[session.person] = own
        if verification == .right {
            session.proven = now
            if session.beginning == .providerAlone { session.beginning = .provider }
            sessions[Self.digest(of: token)] = session
        }
        return verification
    }

    /// Puts away those that do not go on, and returns them. Nothing hangs on its being called: each use looks itself.
    mutating func sweep(at now: Moment) -> [LoginSessionID] {
        let over = sessions.filter { $0.value.end(under: limits, on: $0.value.host, at: now) != nil }
        for digest in over.keys { sessions[digest] = nil }
        return over.values.map(\.id)
    }

    package mutating func revoke(_ token: borrowing SecretBytes) { sessions[Self.digest(of: token)] = nil }
    package mutating func revoke(_ id: LoginSessionID) { sessions = sessions.filter { $0.value.id != id } }

    /// For who is gone, lost a device, or has a new password.
    package mutating func revokeAll(of person: PersonID) { sessions = sessions.filter { $0.value.person != person } }

    private static func digest(of token: borrowing SecretBytes) -> Digest32 {
        token.withUnsafeBytes { bytes in
            var hash = RunningSHA256()
            Array("safehold v1 session token".utf8).withUnsafeBytes { hash.update($0) }
            hash.update(bytes)
            return hash.value()
        }
    }
}
