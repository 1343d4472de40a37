import Capture
import Primitives

extension Failure {
    init(_ failure: StreamFailure, about what: String) {
        let code: Code =
            switch failure.kind {
            case .failed: .streamFailed
            case .toolMissing: .toolMissing
            case .unreachable: .databaseUnreachable
            case .denied: .databaseDenied
            case .missing: .sourceMissing
            case .misconfigured: .databaseMisconfigured
            case .slotMissing: .walSlotMissing
            case .logRemoved: .walGap
            }
        self.init(code, "\(what): \(failure.message)", advice: failure.advice)
    }
}
