import Audit
import CLinux
import Identity
import Operations
import Primitives

/// Puts what is new of the audit log, and its checkpoint, into repositories that were written to, into each once an hour at most.
final class CheckpointDesk: Sendable {
    private static let pause: Int64 = 3_600_000_000_000
    /// By location, in nanoseconds since the host started.
    private let last = Monitor<[String: Int64]>([:])

    /// What went wrong first; it is tried again after the next run.
    func publish(into locations: Set<String>, _ surroundings: Surroundings) -> Failure? {
        let now = sh_boot_nanoseconds()
        var failure: Failure?
        for location in locations.sorted() {
            guard last.withLock({ $0[location] }).map({ now - $0 >= Self.pause }) ?? true else { continue }
            do {
                try publish(into: surroundings.repository(at: location), surroundings)
                last.withLock { $0[location] = now }
            } catch {
                failure = failure ?? error.asFailure
            }
        }
        return failure
    }

    private func publish(into repository: OpenRepository, _ surroundings: Surroundings) throws {
        try AuditCopies.put(
            permit: try surroundings.door.permit(for: ReplicateAction.self),
            AuditBook(AuditPlace(state: surroundings.hostState.root)), into: repository,
            domain: try AuditCopies.domain(of: surroundings.hostState, in: repository), clock: surroundings.clock)
        // Whoever is a witness looks after those that share the repository.
        let witness = WitnessDesk(state: surroundings.hostState.root, clock: surroundings.clock)
        guard witness.isBegun else { return }
        for log in try witness.logs() {
            _ = try AuditCopies.cosign(
                permit: try surroundings.door.permit(for: ReplicateAction.self), log, by: witness, in: repository,
                clock: surroundings.clock)
        }
    }
}
