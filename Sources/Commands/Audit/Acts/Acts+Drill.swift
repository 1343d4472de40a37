import Audit
import Operations

extension DrillRestoreTestCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "drill-restore-test", .view, by: strategyOptions,
            on: ActObject.all(.component, given: components) + [ActObject(.store, given: store)])
    }
}

extension DrillDisasterRecoveryCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "drill-disaster-recovery", .view, by: strategyOptions,
            on: ActObject.all(.component, given: drillOptions.components), reason: scenario.rawValue)
    }
}

extension DrillFullSystemCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "drill-full-system", .view, by: strategyOptions,
            on: ActObject.all(.component, given: drillOptions.components))
    }
}

extension DrillListCommand {
    func act(_ session: Session) -> Act? { session.act("drill-list", .view) }
}

extension DrillShowCommand {
    func act(_ session: Session) -> Act? { session.act("drill-show", .view, on: [ActObject(.evidence, given: test)]) }
}

extension DrillVerifyCommand {
    func act(_ session: Session) -> Act? { session.act("drill-verify", .view) }
}
