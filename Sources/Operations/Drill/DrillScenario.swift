import Primitives
import Strategy

/// What a drill of recovery supposes to be lost: what is left has to do (VER-3).
package enum DrillScenario: String, Sendable, CaseIterable {
    /// The host with all its disks: its state, and stores that are directories of its own.
    case lostHost = "lost-host"
    /// The site where the primary store is.
    case lostPrimary = "lost-primary"
    /// Whoever has the key: shares of an escrow are what is left.
    case lostKeyHolder = "lost-key-holder"
    /// What was backed up since an alarm is worth nothing.
    case ransomware

    /// Stores with the component that are left, and can be reached.
    func stores(of component: ComponentPlan, in strategy: BackupStrategy) -> [StorePlan] {
        let there = strategy.reachableStores(of: component)
        switch self {
        case .lostHost: return there.filter { $0.role != .primary || $0.technology != "directory" }
        case .lostPrimary:
            let site = strategy.store(component.store)?.site
            return there.filter { $0.role != .primary && $0.site != site }
        case .lostKeyHolder: return there
        case .ransomware:
            // Where nothing could be removed, if there is such a one.
            let locked = there.filter { $0.immutability != .none }
            return locked.isEmpty ? there : locked
        }
    }

    /// Throws `restore-test-failed` where nothing is left: that is what the drill was to find out.
    func store(of component: ComponentPlan, in strategy: BackupStrategy, _ choice: TestChoice) throws -> (
        store: StorePlan, rule: String
    ) {
        let left = stores(of: component, in: strategy)
        guard !left.isEmpty else {
            throw Failure(
                .restoreTestFailed,
                "Of '\(component.name)' nothing is left when '\(rawValue)' comes about: the strategy has no other copy that can be reached.",
                advice:
                    "Give its store a copy at another site: a store with 'role: secondary', 'copy-of: \(component.store)' and a 'location'."
            )
        }
        let chosen = choice.one(of: left, for: rawValue)
        return (chosen, "\(rawValue) leaves \(left.count)")
    }

    /// Throws `usage` where the key is one that would be lost.
    package func require(_ key: KeySource) throws {
        guard self == .lostKeyHolder else { return }
        guard case .shareFiles = key else {
            throw Failure(
                .usage, "Where the holder of the key is lost, its shares are what is left.",
                advice: "Pass --share-file for each share of the escrow; 'safehold keys escrow' makes them.")
        }
    }
}
