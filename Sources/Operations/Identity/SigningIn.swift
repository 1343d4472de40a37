import Identity
import Primitives
import Sealing

/// How somebody comes in, and goes. None of it takes a permit: whoever is there has none yet.
package enum SigningIn {
    /// Whether somebody has this name, or had it. What else is typed where a name belongs may be a password, and is not written down.
    package static func isKnown(_ name: String, keeping: IdentityKeeping) -> Bool {
        guard let name = LoginName(name) else { return false }
        return (try? keeping.look { state, _, _ in state.directory.isTaken(name) }) ?? false
    }

    /// Signs in. The session is kept in the session file.
    package static func run(_ shown: borrowing Shown, keeping: IdentityKeeping) throws -> SignIn {
        try keeping.requirePerson()
        let token = SecretBytes.random(count: SessionBook.tokenCount)
        let answer = try keeping.decide { state, key, now in
            try state.signIn(
                shown, token: token, id: LoginSessionID.random(), key: key, at: try keeping.doorstep(key), now: now)
        }
        if case .done = answer { try keeping.keep(token) }
        if let failure = answer.failure { throw failure }
        return answer
    }

    /// Chooses a password, and enrols an authenticator where there is none. What it returns is shown once.
    package static func setUp(
        _ shown: borrowing Shown, password: borrowing SecretBytes, keeping: IdentityKeeping
    ) throws -> (SignIn, Handover) {
        try keeping.requirePerson()
        var generator = SystemRandomNumberGenerator()
        let breaches = try keeping.breaches()
        let (answer, handover) = try keeping.decide { state, key, now in
            try state.setUp(shown, password: password, breaches: breaches, key: key, now: now, using: &generator)
        }
        if let failure = answer.failure { throw failure }
        return (answer, handover)
    }

    /// Shows the second factor once more.
    package static func again(_ shown: borrowing Shown, keeping: IdentityKeeping) throws {
        let token = try keeping.token()
        let answer = try keeping.decide { state, key, now in
            try state.stepUp(shown, token: token, key: key, at: try keeping.doorstep(key), now: now)
        }
        if let failure = answer.failure { throw failure }
    }

    /// Ends the session, wherever its token may have come to.
    package static func out(keeping: IdentityKeeping) throws {
        let token = try keeping.token()
        try keeping.decide { state, key, now in
            state.signOut(token, at: try keeping.doorstep(key), now: now)
        }
        keeping.forgetToken()
    }

    /// Another password. All sessions of its owner end.
    package static func changePassword(
        to password: borrowing SecretBytes, showing shown: borrowing Shown, keeping: IdentityKeeping
    ) throws {
        var generator = SystemRandomNumberGenerator()
        let token = try keeping.token()
        let breaches = try keeping.breaches()
        let verification = try keeping.decide { state, key, now in
            try state.changePassword(
                to: password, showing: shown, token: token, breaches: breaches, at: try keeping.doorstep(key),
                now: now, using: &generator)
        }
        switch verification {
        case .right: keeping.forgetToken()
        case .wrong: throw SignIn.refused.failure ?? SessionEnd.unknown.failure
        case .locked(let rest): throw SignIn.locked(for: rest).failure ?? SessionEnd.unknown.failure
        }
    }

    /// Another authenticator and other recovery codes. The former ones are void.
    package static func changeAuthenticator(keeping: IdentityKeeping) throws -> Enrolment {
        var generator = SystemRandomNumberGenerator()
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            try state.changeAuthenticator(
                token: token, key: key, at: try keeping.doorstep(key), now: now, using: &generator)
        }
    }
}

extension IdentityKeeping {
    /// Passwords that nobody chooses, by their digests: `breached` in the host's folder for identity, where somebody has put one.
    func breaches() throws -> BreachList {
        let path = folder + "/breached"
        guard let bytes = try LocalFile.read(path, limit: 64 << 20) else { return BreachList() }
        do {
            return try BreachList(lines: String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline))
        } catch {
            throw Failure(
                .stateUnusable, "The list of breached passwords \(path) \(error.problem).",
                advice:
                    "Each line is a SHA-1 or SHA-256 digest in hexadecimal digits; what follows a colon is not read.")
        }
    }
}
