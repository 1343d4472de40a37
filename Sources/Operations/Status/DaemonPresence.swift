import CLinux
import Glibc
import Primitives

/// Held while a daemon runs, so that no second one carries out the same strategy from the same state; others see by it that one runs.
package struct DaemonPresence: ~Copyable {
    private let descriptor: Int32

    /// Throws `state-busy` where another daemon runs.
    package init(_ state: HostState) throws { descriptor = try Self.taken(state) }

    deinit { close(descriptor) }

    private static func path(_ state: HostState) -> String { state.root + "/daemon.lock" }

    private static func taken(_ state: HostState) throws -> Int32 {
        try LocalFile.makeDirectories(state.root)
        let path = path(state)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LocalFile.unusable(errno, "open", path) }
        guard sh_try_lock(descriptor) == 0 else {
            close(descriptor)
            throw Failure(
                .stateBusy, "Another Safehold daemon runs with the state in \(state.root).",
                advice: "'safehold status' says what it does. Stop it first, or give this one another SAFEHOLD_HOME.")
        }
        return descriptor
    }

    package static func isRunning(_ state: HostState) -> Bool {
        let descriptor = open(path(state), O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return sh_try_lock(descriptor) != 0
    }
}
