import Audit
import Identity
import Primitives
import Storage

/// Where acts are written down: before they are done, and when they are over.
package protocol ActRecorder: Sendable {
    /// Writes durably that `act` is about to be done. Throws `audit-…`, and then it must not be done.
    func begin(_ act: Audit.Act) throws -> ActTicket
    func end(_ ticket: ActTicket, _ ending: ActEnding) throws
    /// Whether there is a log.
    var isBegun: Bool { get }
    /// Puts a damaged log aside and begins another one with this act. Returns where the old one is.
    func restart(_ act: Audit.Act) throws -> String
}

extension AuditTrail: ActRecorder {
    package var isBegun: Bool { place.isBegun }

    package func begin(_ act: Audit.Act) throws -> ActTicket { try admit(act) }
}

/// What was not given a place to write to does nothing.
struct MissingRecorder: ActRecorder {
    private static let failure = Failure(
        .auditUnwritable, "Nothing was done, because there is no audit log here to write it into.",
        advice: "Please report it with the command that you ran.")

    let isBegun = false
    func begin(_ act: Audit.Act) throws -> ActTicket { throw Self.failure }
    func end(_ ticket: ActTicket, _ ending: ActEnding) throws { throw Self.failure }
    func restart(_ act: Audit.Act) throws -> String { throw Self.failure }
}

/// An act and the door that it goes through: nobody gets a permit from it before the intent is in the audit log.
package final class RecordedAct: Doorkeeper {
    private enum State {
        case waiting
        case begun(ActTicket)
        /// A diagnosis, and why it is not written down.
        case unwritten(Failure?)
        case over
    }

    private let act: Audit.Act
    private let recorder: any ActRecorder
    private let door: any Doorkeeper
    private let state = Monitor(State.waiting)
    private let found = Monitor(ActEnding(.ok))
    /// Which the act talked to, by location.
    private let stores = Monitor<[String: any ObjectStore]>([:])

    package init(_ act: Audit.Act, _ surroundings: Surroundings) {
        (recorder, door) = (surroundings.recorder, surroundings.door)
        var act = act
        // The host does these, and nobody signs in for it.
        if !act.isStanding { act.session = door.auditSession }
        self.act = act
    }

    /// Writes the intent, unless that was done.
    package func begin() throws {
        try state.withLock { state in
            switch state {
            case .begun, .unwritten: return
            case .waiting where act.isDiagnosis: state = diagnosis()
            case .waiting: state = .begun(try recorder.begin(act))
            case .over:
                throw Failure(
                    .internalError, "This should not have happened: something went on after its end was written down.",
                    advice: "Please report it with the command that you ran.")
            }
        }
    }

    private func diagnosis() -> State {
        guard recorder.isBegun else { return .unwritten(nil) }
        do {
            return .begun(try recorder.begin(act))
        } catch {
            return .unwritten(error.asFailure)
        }
    }

    /// Why a diagnosis could not be written down.
    package var trouble: Failure? {
        state.withLock { state in if case .unwritten(let failure) = state { failure } else { nil } }
    }

    package func permit<Action: PermittedAction>(for action: Action.Type, on target: Target) throws -> Permit<Action> {
        try begin()
        return try door.permit(for: action, on: target)
    }

    package func leave(for plan: GravePlan, request: ApprovalID?) throws -> Leave {
        try begin()
        return try door.leave(for: plan, request: request)
    }

    package func requireSomebody() throws { try door.requireSomebody() }
    package func whoIsThere() -> Actor { door.whoIsThere() }
    /// Who acts was decided before the act was begun.
    package func ofHost() -> any Doorkeeper { self }

    /// Of the intent in the log, once it is there.
    package var intent: UInt64? {
        state.withLock { state in if case .begun(let ticket) = state { ticket.number } else { nil } }
    }

    /// What becomes known of the act while it goes on.
    package func note(_ objects: [ActObject], plan: Digest32? = nil) {
        found.withLock { found in
            found.objects += objects.filter { !found.objects.contains($0) }
            found.plan = plan ?? found.plan
        }
    }

    /// The same surroundings, whose stores are asked at the end of the act what their clocks said.
    package func watching(_ surroundings: Surroundings) -> Surroundings {
        var inside = surroundings
        let (open, create, place) = (surroundings.openStore, surroundings.createStore, surroundings.placeCopy)
        inside.openStore = { [self] in watched(try open($0)) }
        inside.createStore = { [self] in watched(try create($0)) }
        inside.placeCopy = { [self] in watched(try place($0)) }
        return inside
    }

    private func watched(_ store: any ObjectStore) -> any ObjectStore {
        stores.withLock { $0[store.location] = store }
        return store
    }

    private var readings: [StoreReading] {
        stores.withLock(\.self).sorted { $0.key < $1.key }.compactMap { location, store in
            store.lastMoment.map { StoreReading(location, time: $0.time, uptime: UInt64(max(0, $0.uptime)) / 1000) }
        }
    }

    /// Writes how it ended. What never began, because nothing asked for a permit, is written down with its end where it was refused, and not at all else.
    package func end(_ ending: ActEnding) throws {
        try state.withLock { state in
            if case .waiting = state, ending.result == .refused { state = .begun(try recorder.begin(act)) }
            guard case .begun(let ticket) = state else { return }
            state = .over
            var ending = ending
            found.withLock { (ending.objects, ending.plan) = ($0.objects, $0.plan) }
            ending.stores = readings
            try recorder.end(ticket, ending)
        }
    }
}

extension Doorkeeper {
    /// Who is signed in, as the audit log is told; nil where only the operating system knows who acts.
    package var auditSession: AuditSession? {
        let actor = whoIsThere()
        guard let person = actor.person ?? actor.service?.id, let login = actor.login,
            let session = actor.session?.hex ?? actor.service?.credential.hex
        else { return nil }
        return AuditSession(
            session, of: person.hex, login: login.description, name: actor.name,
            as: actor.roles.isEmpty ? nil : actor.roles.joined(separator: ", "),
            authentication: actor.evidence.rawValue)
    }
}

/// The door of commands that do nothing that would have to be written down: they look into the log, or begin another one.
package struct ShutDoor: Doorkeeper {
    private let door: any Doorkeeper

    package init(before door: any Doorkeeper) { self.door = door }

    private static let failure = Failure(
        .internalError, "This should not have happened: a command that is not written down asked for a permit.",
        advice: "Please report it with the command that you ran.")

    package func permit<Action: PermittedAction>(for action: Action.Type, on target: Target) throws -> Permit<Action> {
        guard Action.act == .audit || Action.act == .account else { throw Self.failure }
        return try door.permit(for: action, on: target)
    }

    package func leave(for plan: GravePlan, request: ApprovalID?) throws -> Leave { throw Self.failure }
    package func requireSomebody() throws { try door.requireSomebody() }
    package func whoIsThere() -> Actor { door.whoIsThere() }
    package func ofHost() -> any Doorkeeper { self }
}
