import Catalog
import Identity
import Primitives
import Strategy

/// A backup of a component that is to be made.
package struct PlannedRun: Sendable, Equatable {
    package var component: ComponentPlan
    package var mode: BackupJob.Mode
    /// Nil when somebody asked for it.
    package var due: Timestamp?
    package var attempt: Int
    package var job: String

    /// `job`: where the component has several of one mode, which of them it is.
    package init(
        component: ComponentPlan, mode: BackupJob.Mode, due: Timestamp? = nil, attempt: Int = 1, job: String? = nil
    ) {
        (self.component, self.mode, self.due, self.attempt) = (component, mode, due, attempt)
        self.job = job ?? JobName.backup(component.name, mode)
    }
}

/// How jobs are called, in the catalog and in messages.
package enum JobName {
    package static func backup(_ component: String, _ mode: BackupJob.Mode) -> String {
        "backup/\(component)/\(mode.rawValue)"
    }
    package static func copy(_ store: String) -> String { "copy/\(store)" }
    package static func forget(_ store: String) -> String { "forget/\(store)" }
    package static func collect(_ store: String) -> String { "collect/\(store)" }
    package static func verify(_ store: String) -> String { "verify/\(store)" }
}

/// What runs of a strategy need around them.
package struct StrategyPlace: Sendable {
    package let strategy: BackupStrategy
    /// Of the file, in hexadecimal digits.
    package let digest: String
    package let catalog: CatalogDatabase
    package var surroundings: Surroundings
    package let software: String

    package init(
        strategy: BackupStrategy, digest: String, catalog: CatalogDatabase, surroundings: Surroundings, software: String
    ) {
        (self.strategy, self.digest, self.catalog) = (strategy, digest, catalog)
        (self.surroundings, self.software) = (surroundings, software)
    }

    var clock: WallClock { surroundings.clock }

    /// What a backup of a component touches.
    package func target(of component: ComponentPlan) -> Target {
        Target(component: component.name, store: strategy.store(component.store)?.location)
    }

    /// A store's location as the program takes it.
    func open(_ store: StorePlan) throws -> OpenRepository { try surroundings.repository(at: store.location) }
}
