import Audit
import Catalog
import Operations
import Primitives
import Strategy

/// What the daemon does, as the audit log is told.
extension StrategyPlace {
    func act(_ name: String, _ effect: Act.Effect, on objects: [ActObject]) -> Act {
        var act = Act(name, effect, on: objects)
        act.strategy = Digest32(hex: digest)
        act.isByHost = true
        return act
    }

    func act(of task: UpkeepTask) -> Act {
        let (name, effect): (String, Act.Effect) =
            switch task {
            case .copy: ("replicate", .add)
            case .forget: ("forget", .remove)
            case .collect: ("collect", .remove)
            case .verify: ("verify", .view)
            }
        return act(
            name, effect, on: [ActObject(.store, task.store.name), ActObject(.repository, task.store.location)])
    }
}

extension RunRecord {
    package var auditObjects: [ActObject] {
        [ActObject(.run, "\(id)")] + (figures.snapshot.map { [ActObject(.snapshot, $0)] } ?? [])
    }
}

extension ActEnding {
    /// The worst that happened.
    init(_ runs: [RunRecord]) {
        if let failure = runs.first(where: { $0.outcome == .failed || $0.outcome == .interrupted })?.failure {
            self.init(failure)
        } else {
            self.init(runs.allSatisfy(\.isGood) ? .ok : .partial)
        }
    }
}
