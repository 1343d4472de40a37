import Identity
import Primitives
import Procedures

/// While a breach is dealt with, this host drops and frees nothing, and weakens nothing that keeps backups: whoever is inside would like to
/// (EMG-2). It begins with the declaration and ends with the procedure.
struct RetentionFreeze {
    let state: HostState

    static let acts: Set<Act> = [.forget, .collect]
    static let graveActs: Set<GraveAct> = [
        .shortenRetention, .liftHold, .weakenLock, .dropSnapshots, .destroyKeys, .erase, .disableDrills,
    ]

    func require(_ act: Act) throws { if Self.acts.contains(act) { try requireNone() } }
    func require(_ act: GraveAct) throws { if Self.graveActs.contains(act) { try requireNone() } }

    /// A runbook that cannot be read counts as one of a breach that goes on.
    private func requireNone() throws {
        let book = RunbookBook(state)
        for id in try book.ids() where id.hasSuffix(Procedure.breach.rawValue) {
            if let runbook = try? book.read(id), runbook.outcome != .open { continue }
            throw Failure(
                .retentionFrozen, "Nothing is dropped, freed or weakened here while the breach \(id) is dealt with.",
                advice:
                    "'safehold emergency status' says how far it is; it ends with its last step, or with 'safehold emergency abort'."
            )
        }
    }
}
