import Identity
import Primitives
import Sealing

/// What nobody does alone, written down: others agree to exactly these lines, and exactly they are done.
package struct GravePlan: Sendable, Equatable {
    package let act: GraveAct
    package let target: Target
    /// A line for each thing that is done, in one order.
    package let lines: [String]
    /// What others agree to.
    package let digest: Digest32

    package init(_ act: GraveAct, on target: Target = .everything, lines: [String]) {
        let text = "safehold v1 plan \(act.rawValue)\n" + lines.map { $0 + "\n" }.joined()
        self.init(act, on: target, lines: lines, digest: SHA256Digest.of(Array(text.utf8)))
    }

    /// For what has a digest of its own.
    package init(_ act: GraveAct, on target: Target = .everything, lines: [String], digest: Digest32) {
        (self.act, self.target, self.lines, self.digest) = (act, target, lines, digest)
    }

    /// The same, in one store: whoever is limited to it may ask and agree.
    package func at(_ store: String) -> GravePlan {
        GravePlan(
            act, on: Target(components: target.components, stores: .only([store])), lines: lines, digest: digest)
    }

    package var words: String { lines.joined(separator: "\n") }

    package var needsOthers: Failure {
        Failure(
            .approvalNeeded, "Nobody does this alone: \(act.words).",
            advice: "Ask others for it with --request, and do it with --request-id when enough of them have agreed.")
    }
}

extension GraveAct {
    package var words: String {
        switch self {
        case .shortenRetention: "shortening retention"
        case .liftHold: "lifting a hold"
        case .weakenLock: "weakening locks"
        case .dropSnapshots: "dropping snapshots"
        case .destroyKeys: "removing keys"
        case .erase: "erasing"
        case .exportPersonalData: "exporting personal data"
        case .disableAudit: "disabling the audit log"
        case .disableDrills: "disabling drills"
        case .changePrograms: "running other programs"
        case .changeApprovers: "changing who may do what"
        case .resetCredentials: "giving somebody a password"
        }
    }
}
