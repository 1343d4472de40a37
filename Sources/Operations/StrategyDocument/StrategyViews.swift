import Catalog
import Identity
import Primitives
import Strategy
import StrategyFile

/// A strategy, looked at from several sides. Nothing is done.
package enum StrategyViews {
    /// The whole strategy, defaults filled in, as a file that says the same.
    package static func text(permit: consuming Permit<InspectAction>, _ loaded: LoadedStrategy) -> String {
        StrategyWriter.text(loaded.strategy)
    }

    /// Throws `path-missing` for a component that the strategy does not have.
    package static func explanation(
        permit: consuming Permit<InspectAction>, _ loaded: LoadedStrategy, component: String?, clock: WallClock
    ) throws -> Explanation {
        if let component, loaded.strategy.component(component) == nil {
            throw Failure(
                .pathMissing, "The strategy has no component '\(component)'.",
                advice: "It has \(loaded.strategy.components.map(\.name).joined(separator: ", ")).")
        }
        return Explanation(
            loaded.strategy, component: component, at: clock.now(), in: try TimeZones.rules(loaded.strategy.timeZone))
    }

    package static func difference(
        permit: consuming Permit<InspectAction>, from before: LoadedStrategy, to after: LoadedStrategy
    ) -> StrategyDifference {
        StrategyDifference(from: before.strategy, to: after.strategy)
    }

    package static func schema(permit: consuming Permit<InspectAction>) -> String { StrategySchema.text }

    /// What this host followed so far, the newest first.
    package static func history(permit: consuming Permit<InspectAction>, state: HostState) throws -> [StrategyVersion] {
        try CatalogPlace.open(state).strategyVersions()
    }
}
