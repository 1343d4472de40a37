import Capture
import Identity
import Primitives
import Strategy
import WriteAheadLog

/// Asks a component's server how it stands with its log.
package enum AskLogServer {
    package struct Request: Sendable, Equatable {
        package var component: String
        package var server: PostgresPlan
        /// The replication slot by which the log is received; nil where nobody said that it is.
        package var slot: String?

        package init(component: String, server: PostgresPlan, slot: String?) {
            (self.component, self.server, self.slot) = (component, server, slot)
        }

        /// Of which slot it is asked: whoever receives without having it in the strategy has the usual one.
        package var askedSlot: String { slot ?? BaseBackupPlan.usualSlot(of: component) }
    }

    /// Throws `database-unreachable`, `database-denied`, and what else keeps the server from answering.
    package static func run(
        permit: consuming Permit<InspectAction>, request: Request, surroundings: Surroundings
    ) throws -> LogServerStanding {
        do {
            return try surroundings.askPostgres(request.server, [request.askedSlot])
        } catch {
            let failure = Failure(error, about: "The server of '\(request.component)' cannot be asked")
            // A role that copies servers need not be let into a database.
            guard error.kind == .denied, let standing = try? overReplication(request, surroundings) else {
                throw failure
            }
            return standing
        }
    }

    /// What a server says to somebody who may replicate and nothing else.
    private static func overReplication(_ request: Request, _ surroundings: Surroundings) throws -> LogServerStanding {
        let server = try surroundings.streamPostgres(request.server)
        defer { server.close() }
        let identity = server.identity
        var slots: [LogServerStanding.Slot] = []
        if var facts = try server.slot(request.askedSlot) {
            facts.lag =
                facts.lag ?? facts.restart.map { identity.position.value - min($0.value, identity.position.value) }
            slots.append(LogServerStanding.Slot(name: request.askedSlot, facts: facts))
        }
        return LogServerStanding(
            systemIdentifier: identity.systemIdentifier, version: identity.version, position: identity.position,
            segmentSize: identity.segmentSize, slots: slots,
            archiver: LogServerStanding.Archiver(mode: identity.archives ? .on : .off))
    }
}
