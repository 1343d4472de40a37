import Identity
import Primitives
import RepositoryEngine
import Sealing

/// Leaves a recipient out of everything that is backed up from now on. What it could open before, it still can.
package enum RemoveRecipient {
    package struct Summary: Sendable {
        package var id: RecipientID
        package var label: String
        package var administered: Bool
        /// Epochs that the removed one still opens.
        package var epochsStillOpen: Int
        package var begun: [NewEpochs.Begun]
    }

    /// What others agree to.
    package static func plan(repository: Repository, named text: String) throws -> GravePlan {
        plan(try repository.activeRecipient(named: text), in: repository.id)
    }

    private static func plan(_ recipient: Recipient, in repository: RepositoryID) -> GravePlan {
        GravePlan(
            .destroyKeys,
            lines: [
                "in repository \(repository.hex)",
                "remove recipient \(recipient.id.hex), \(JSON.text(recipient.label).encoded)",
            ])
    }

    package static func run(
        permit: consuming Permit<KeyAction>, authority: KeyAuthority, named text: String,
        leave: (GravePlan) throws -> Leave
    ) throws -> Summary {
        let repository = authority.repository
        let recipient = try repository.activeRecipient(named: text)
        let left = repository.keyring.activeRecipients.filter { $0.id != recipient.id }
        try checkRest(left, without: recipient)
        let session = try authority.open()
        let grave = plan(recipient, in: repository.id)
        try leave(grave).require(.destroyKeys, plan: grave.digest)
        let stillOpen = try repository.sealedEpochs()[recipient.id]?.count ?? 0
        // The new epochs first: interrupted in between, the command can be run again and nothing was sealed to the wrong ones.
        let begun = try NewEpochs.begin(session, domains: repository.keyring.epochs.keys.sorted(), recipients: left)
        try session.administration.remove(recipient.id)
        return Summary(
            id: recipient.id, label: recipient.label, administered: recipient.powers.contains(.administers),
            epochsStillOpen: stillOpen,
            begun: begun)
    }

    private static func checkRest(_ left: [Recipient], without recipient: Recipient) throws {
        guard left.contains(where: { $0.powers.contains(.opens) }) else {
            throw Failure(
                .usage, "'\(recipient.label)' is the last one who can open backups; without it nobody could restore.",
                advice: "Add another recipient first: 'safehold keys add'.")
        }
        guard left.contains(where: { $0.powers.contains(.administers) }) else {
            throw Failure(
                .usage, "'\(recipient.label)' is the last administrator; without it keys could never be changed again.",
                advice: "Add another administrator first: 'safehold keys add --administrator'.")
        }
    }
}
