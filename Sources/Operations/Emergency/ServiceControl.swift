import Identity
import Primitives
import Strategy

/// Stops, starts and asks after the services that the strategy's `emergency` names, and runs what isolates.
package enum ServiceControl {
    package enum Deed: String, Sendable { case stop, start, check, isolate }

    package struct Ending: Sendable {
        package var name: String
        package var deed: Deed
        /// Nil where it went well.
        package var problem: Failure?
    }

    /// So long each program has.
    static let patience = Duration.seconds(300)

    /// The last of them first, and all of them, whatever becomes of one: what goes on writing is worse than what is stopped without need.
    package static func stop(permit: borrowing Permit<RestoreAction>, _ services: [ServicePlan]) -> [Ending] {
        services.reversed().map { run($0.stop, .stop, $0.name) }
    }

    /// Each after what it needs, and asked whether it is well before the next; the first that is not ends it.
    package static func start(permit: borrowing Permit<RestoreAction>, _ services: [ServicePlan]) -> [Ending] {
        var endings: [Ending] = []
        for service in services {
            endings.append(run(service.start, .start, service.name))
            if !service.check.isEmpty, endings.last?.problem == nil {
                endings.append(run(service.check, .check, service.name))
            }
            if endings.last?.problem != nil { break }
        }
        return endings
    }

    package static func check(permit: borrowing Permit<RestoreAction>, _ services: [ServicePlan]) -> [Ending] {
        services.filter { !$0.check.isEmpty }.map { run($0.check, .check, $0.name) }
    }

    package static func isolate(permit: borrowing Permit<RestoreAction>, _ plans: [IsolationPlan]) -> [Ending] {
        plans.map { run($0.command, .isolate, $0.name) }
    }

    private static func run(_ words: [String], _ deed: Deed, _ name: String) -> Ending {
        do {
            try HookCommand(words: words, timeout: patience).run(as: "\(deed.rawValue) \(name)")
            return Ending(name: name, deed: deed, problem: nil)
        } catch {
            return Ending(name: name, deed: deed, problem: error.asFailure)
        }
    }
}
