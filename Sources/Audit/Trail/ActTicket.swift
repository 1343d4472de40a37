import Primitives

/// An act that was let into the log, and may be done.
package struct ActTicket: Sendable {
    enum Kind: Sendable {
        case open(OpenIntent)
        /// Covered by an intent of the last hour.
        case standing(StandingAct)
    }

    let act: Act
    let kind: Kind
    private let since: AuditMoment

    init(_ act: Act, _ kind: Kind, since: AuditMoment) { (self.act, self.kind, self.since) = (act, kind, since) }

    /// Of the intent.
    package var number: UInt64 {
        switch kind {
        case .open(let open): open.number
        case .standing(let standing): standing.number
        }
    }

    /// What is remembered of a standing act that ended so.
    func standing(after ending: ActEnding) -> StandingAct {
        var known = StandingAct(
            number: number, boot: since.boot, uptime: since.uptime, result: ending.result, code: ending.code)
        if case .standing(let old) = kind { (known.boot, known.uptime) = (old.boot, old.uptime) }
        return known
    }
}

extension AuditTrail {
    /// Lets an act into the log: writes its intent, unless a standing one covers it. Throws `audit-…`, and then it must not be done.
    package func admit(_ act: Act) throws -> ActTicket {
        let now = moment
        if act.isStanding, let known = StandingAct.read(act, place), known.covers(now) {
            return ActTicket(act, .standing(known), since: now)
        }
        return ActTicket(act, .open(try begin(act)), since: now)
    }

    /// Writes how it ended; of a standing act only where that is not how it ended before.
    package func end(_ ticket: ActTicket, _ ending: ActEnding) throws {
        // That the archive does not have a file is an answer as any other.
        var told = ending
        if ticket.act.isStanding, ending.result == .absent { told.result = .ok }
        switch ticket.kind {
        case .open(let open): try end(open, told)
        case .standing(let known):
            guard known.result != told.result || known.code != told.code else { return }
            try note(told, of: known.number, ticket.act.name, ticket.act.session)
        }
        guard ticket.act.isStanding else { return }
        do {
            try ticket.standing(after: told).write(ticket.act, place)
        } catch {
            throw AuditFailure.unended(error, place)
        }
    }
}
