import Catalog
import Identity
import Primitives
import Strategy

/// Says that somebody looks after an incident. The daemon takes it from the catalog within seconds, or when it is started.
package enum AcknowledgeIncident {
    /// Throws `incident-missing` for one that is not open.
    package static func run(
        permit: consuming Permit<StrategyAction>, state: HostState, number: Int64, clock: WallClock
    ) throws -> OpenIncident {
        let actor = permit.actor
        let catalog = try CatalogPlace.open(state)
        guard var incident = try Status.incidents(catalog).first(where: { $0.number == number }) else {
            throw Failure.noIncident(number)
        }
        try catalog.ask("acknowledge", String(number), by: actor, at: clock.now())
        incident.acknowledged = OpenIncident.Acknowledgement(by: actor, time: clock.now())
        return incident
    }
}
