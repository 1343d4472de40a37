import CLinux
import Identity
import Primitives
import RepositoryEngine
import Sealing

/// Who is added, and as what.
package enum NewRecipient: Sendable {
    case publicKey(file: String)
    case passphrase(KeySource)
    case escrow(threshold: Int, shares: Int)
}

/// What a recipient is there for.
package enum RecipientRole: String, Sendable, CaseIterable {
    /// Opens everything.
    case restorer
    /// Collects and verifies; opens neither content nor names.
    case maintainer
    /// Opens everything, and may change keys.
    case administrator

    var powers: Recipient.Powers {
        switch self {
        case .restorer: .opens
        case .maintainer: .maintains
        case .administrator: [.opens, .administers]
        }
    }
}

/// Gives one more key the power to open backups: those that are there, and those to come.
package enum AddRecipient {
    package struct Summary: Sendable {
        package var id: RecipientID
        package var label: String
        package var role: RecipientRole
        package var epochs: Int
        /// Epochs that the administrator cannot open, so that the new recipient cannot either.
        package var epochsOutOfReach: Int
        /// The shares of an escrow recipient as they are printed. They are nowhere else.
        package var printedShares: [String] = []
    }

    package static func run(
        permit: consuming Permit<KeyAction>, authority: KeyAuthority, recipient new: NewRecipient, label: String?,
        role: RecipientRole
    ) throws -> Summary {
        let session = try authority.open()
        let (recipient, shares) = try make(new, label: label, powers: role.powers, authority)
        guard
            !authority.repository.keyring.activeRecipients.contains(where: {
                $0.publicKey == recipient.publicKey || $0.label == recipient.label
            })
        else {
            throw Failure(
                .usage, "A recipient with this key or the label '\(recipient.label)' is there already.",
                advice: "'safehold keys' lists them; choose another --label.")
        }
        // The slots first: a recipient is never listed before it opens what it is said to open.
        var summary = Summary(
            id: recipient.id, label: recipient.label, role: role, epochs: 0, epochsOutOfReach: 0,
            printedShares: shares)
        for (domain, bundles) in authority.repository.keyring.epochs {
            for bundle in bundles {
                let sealed: Void? = try session.opener.withSecrets(domain, bundle.epoch) { secrets in
                    try session.administration.seal(secrets, domain: domain, epoch: bundle.epoch, to: [recipient])
                }
                if sealed == nil { summary.epochsOutOfReach += 1 } else { summary.epochs += 1 }
            }
        }
        try session.administration.add(recipient)
        return summary
    }

    private static func make(
        _ new: NewRecipient, label: String?, powers: Recipient.Powers, _ authority: KeyAuthority
    ) throws -> (Recipient, shares: [String]) {
        let now = authority.clock.now()
        switch new {
        case .publicKey(let file):
            return (try .fromFile(file, label: label, powers: powers, created: now), [])
        case .passphrase(let source):
            let passphrase = try Passphrase.chosen(from: source, terminal: authority.terminal)
            defer { sh_release_memory() }
            var recipient = try Recipient.protected(
                by: passphrase, label: label ?? "passphrase of \(now)", repository: authority.repository.id,
                created: now)
            recipient.powers = powers
            return (recipient, [])
        case .escrow(let threshold, let shares):
            return try EscrowShares.make(
                threshold: threshold, shares: shares, label: label ?? "escrow of \(now)", powers: powers, created: now)
        }
    }
}
