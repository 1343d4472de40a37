import CLinux
import Glibc
import Primitives

/// What other threads wake a watcher with, and what they have to say.
final class Bell: Sendable {
    private struct State {
        /// Roots in which a thread found something, and whether it was its first look.
        var arrivals: [RootNumber: Bool] = [:]
        var isStopped = false
    }

    /// Readable while it rings.
    let descriptor: Int32
    private let state = Monitor(State())

    init() throws(Failure) {
        descriptor = sh_eventfd()
        guard descriptor >= 0 else {
            throw Failure(
                .internalError, "The system gives no descriptor: \(String(cString: strerror(-descriptor))).",
                advice: "Raise the limit of open files (LimitNOFILE of the unit, or 'ulimit -n').")
        }
    }

    deinit { close(descriptor) }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    func ring(_ number: RootNumber, isFirst: Bool) {
        // A later look that found something says more than the first one.
        state.withLock { $0.arrivals[number] = isFirst && $0.arrivals[number] ?? true }
        ring()
    }

    func silence() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        ring()
    }

    func takeArrivals() -> [RootNumber: Bool] {
        state.withLock { state in
            defer { state.arrivals = [:] }
            return state.arrivals
        }
    }
}
