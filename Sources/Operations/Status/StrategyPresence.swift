import CLinux
import Glibc
import Primitives

/// Held while a program carries out the strategy from this host's state; others see by it that it does, and leave what is under way alone.
package struct StrategyPresence: ~Copyable {
    package enum Role: String, Sendable {
        /// The only one.
        case daemon
        /// Runs that somebody asked for wait for each other.
        case run
    }

    private let descriptor: Int32

    /// Throws `state-busy` where another daemon runs. A run waits for the one before it.
    package init(_ role: Role, _ state: HostState) throws { descriptor = try Self.taken(role, state) }

    deinit { close(descriptor) }

    private static func path(_ role: Role, _ state: HostState) -> String { "\(state.root)/\(role.rawValue).lock" }

    private static func taken(_ role: Role, _ state: HostState) throws -> Int32 {
        try LocalFile.makeDirectories(state.root)
        let path = path(role, state)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LocalFile.unusable(errno, "open", path) }
        if role == .run {
            _ = sh_lock(descriptor)
            return descriptor
        }
        guard sh_try_lock(descriptor) == 0 else {
            close(descriptor)
            throw Failure(
                .stateBusy, "Another Safehold daemon runs with the state in \(state.root).",
                advice: "'safehold status' says what it does. Stop it first, or give this one another SAFEHOLD_HOME.")
        }
        return descriptor
    }

    package static func isRunning(_ role: Role, _ state: HostState) -> Bool {
        let descriptor = open(path(role, state), O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return sh_try_lock(descriptor) != 0
    }
}
