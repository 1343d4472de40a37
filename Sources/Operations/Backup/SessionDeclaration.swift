import Primitives

/// That a session is declared: nothing that it stores gets a name before. Signing takes a while, which others need not wait for.
final class SessionDeclaration: Sendable {
    private let result = Monitor<Result<Void, any Error>?>(nil)

    /// Declares it. Whoever waits hears of an error.
    func make(_ body: () throws -> Void) {
        let made = Result { try body() }
        result.update { $0 = made }
    }

    /// Returns when it is declared.
    func wait() throws { try result.wait { $0 }.get() }
}
