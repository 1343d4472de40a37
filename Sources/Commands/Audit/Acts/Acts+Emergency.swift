import Audit
import Procedures

extension EmergencyStartCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "emergency-start", .change, on: ActObject.all(.component, given: components),
            reason: "\(procedure.rawValue): \(cause)")
    }
}

extension EmergencyStatusCommand {
    func act(_ session: Session) -> Act? { session.act("emergency-status", .view) }
}

extension EmergencyNextCommand {
    func act(_ session: Session) -> Act? { session.act("emergency-next", .change, reason: note) }
}

extension EmergencySkipCommand {
    func act(_ session: Session) -> Act? { session.act("emergency-skip", .change, reason: reason) }
}

extension EmergencyHandOverCommand {
    func act(_ session: Session) -> Act? {
        session.act("emergency-hand-over", .change, on: [ActObject(.person, given: name)])
    }
}

extension EmergencyTakeOverCommand {
    func act(_ session: Session) -> Act? { session.act("emergency-take-over", .change, reason: reason) }
}

extension EmergencyAbortCommand {
    func act(_ session: Session) -> Act? { session.act("emergency-abort", .change, reason: reason) }
}

extension EmergencyReportCommand {
    func act(_ session: Session) -> Act? { session.act("emergency-report", .view) }
}

extension EmergencyScopeCommand {
    func act(_ session: Session) -> Act? {
        session.act("emergency-scope", .view, in: repositoryOptions, on: [ActObject(.component, given: component)])
    }
}
