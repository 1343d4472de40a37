import Identity
import Primitives
import Sealing

/// How a provider of single sign-on is asked.
package struct SignOnSurroundings: Sendable {
    package typealias Prompt = (DevicePrompt) throws -> Void

    /// Throws where it is none that people could come from.
    package var check: @Sendable (borrowing ProviderAccess) throws -> Void = { _ in throw missing }
    /// Has somebody sign in there; the closure shows him how.
    package var signIn:
        @Sendable (borrowing ProviderAccess, WallClock, _ isCancelled: () -> Bool, Prompt) throws -> ProviderStatement =
            { _, _, _, _ in throw missing }

    package init() {}

    private static let missing = Failure(
        .providerMissing, "This program was built without single sign-on.", advice: "Use 'safehold login NAME'.")
}

extension SigningIn {
    /// Signs in by the word of this host's provider. `code` is asked for where that is not enough.
    package static func byProvider(
        keeping: IdentityKeeping, surroundings: Surroundings, show: SignOnSurroundings.Prompt, code: () throws -> String
    ) throws {
        let access = try keeping.look { state, key, _ in try state.access(key) }
        let statement = try surroundings.signOn.signIn(
            access, surroundings.clock, surroundings.terminal.isInterrupted, show)
        var outcome = try enter(statement, code: nil, keeping)
        if case .codeNeeded = outcome { outcome = try enter(statement, code: try code(), keeping) }
        switch outcome {
        case .done: return
        case .locked(let rest): throw SignIn.locked(for: rest).failure ?? SessionEnd.unknown.failure
        case .refused, .codeNeeded: throw SignIn.refused.failure ?? SessionEnd.unknown.failure
        }
    }

    private static func enter(
        _ statement: ProviderStatement, code: String?, _ keeping: IdentityKeeping
    ) throws -> ProviderSignIn {
        let token = SecretBytes.random(count: SessionBook.tokenCount)
        let outcome = try keeping.decide { state, key, now in
            try state.signIn(
                by: statement, code: code, token: token, id: LoginSessionID.random(), key: key,
                at: try keeping.doorstep(key), now: now)
        }
        if case .done = outcome { try keeping.keep(token) }
        return outcome
    }
}
