/// What a host does by itself, without a person: by its daemon, and by the commands that a database server calls.
package enum HostDuty: String, Sendable, CaseIterable {
    /// Backs up, archives log and gets it, copies, verifies what is stored.
    case backups
    /// Drops what the strategy's rules do not keep, and frees space.
    case upkeep
    /// Restores into scratch space, which is gone afterwards, to prove that backups can be restored.
    case tests

    package var acts: Set<Act> {
        switch self {
        case .backups: [.backup, .log, .verify, .inspect, .replicate]
        case .upkeep: [.forget, .collect, .inspect]
        case .tests: [.restore, .verify, .inspect]
        }
    }
}
