import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// All that a repository says about keys; no key is needed to see it.
package struct KeyFacts: Sendable {
    package struct RecipientFacts: Sendable {
        package var id: RecipientID
        package var kind: String
        package var label: String
        package var created: Timestamp
        package var removed: Timestamp?
        package var opens: Bool
        package var administers: Bool
        package var maintains: Bool
        package var threshold: UInt64?
        package var shares: UInt64?
        /// Epochs that are sealed to this one, of all domains together.
        package var epochs: Int
    }

    package struct WriterFacts: Sendable {
        package var id: WriterID
        package var host: String
        package var domain: DomainID
        package var created: Timestamp
        package var fingerprint: Digest32
        /// From when on, and after which of its snapshots, it adds nothing any more.
        package var withdrawal: WithdrawalFacts?
    }

    package struct WithdrawalFacts: Sendable {
        package var time: Timestamp
        /// 0 where none counts.
        package var lastSequence: UInt64
        package var reason: String
    }

    package struct EpochFacts: Sendable {
        package var domain: DomainID
        package var epoch: UInt32
        package var created: Timestamp
        package var isNewest: Bool
    }

    package var repository: RepositoryID
    package var location: String
    package var fingerprint: Digest32
    package var recipients: [RecipientFacts]
    package var writers: [WriterFacts]
    package var epochs: [EpochFacts]

    package init(permit: consuming Permit<InspectAction>, repository: Repository) throws {
        let keyring = repository.keyring
        self.repository = repository.id
        location = repository.store.location
        fingerprint = keyring.administrator.fingerprint
        let sealed = try repository.sealedEpochs()
        recipients = keyring.recipients.map {
            RecipientFacts($0, removed: keyring.removed[$0.id], epochs: sealed[$0.id]?.count ?? 0)
        }
        writers = keyring.writers.values.sorted { ($0.created, $0.id) < ($1.created, $1.id) }.map { writer in
            WriterFacts(
                id: writer.id, host: writer.host, domain: writer.domain, created: writer.created,
                fingerprint: writer.key.fingerprint,
                withdrawal: keyring.withdrawals[writer.id].map { WithdrawalFacts($0) })
        }
        epochs = keyring.epochs.sorted { $0.key < $1.key }.flatMap { domain, bundles in
            bundles.map {
                EpochFacts(
                    domain: domain, epoch: $0.epoch, created: $0.created, isNewest: $0.epoch == bundles.last?.epoch)
            }
        }
    }
}

extension KeyFacts.WithdrawalFacts {
    init(_ withdrawal: WriterWithdrawal) {
        (time, lastSequence, reason) = (withdrawal.time, withdrawal.last, withdrawal.reason)
    }
}

extension KeyFacts.RecipientFacts {
    init(_ recipient: Recipient, removed: Timestamp?, epochs: Int) {
        id = recipient.id
        kind =
            switch recipient.kind {
            case .passphrase: "passphrase"
            case .keyFile: "key-file"
            case .escrow: "escrow"
            }
        label = recipient.label
        created = recipient.created
        self.removed = removed
        opens = recipient.powers.contains(.opens)
        administers = recipient.powers.contains(.administers)
        maintains = recipient.powers.contains(.maintains)
        threshold = recipient.kind == .escrow ? recipient.threshold : nil
        shares = recipient.kind == .escrow ? recipient.shares : nil
        self.epochs = epochs
    }
}

/// An epoch of a domain.
struct EpochNumber: Hashable, Sendable {
    var domain: DomainID
    var epoch: UInt32
}

extension Repository {
    /// Which epochs have a slot for whom. Slots that cannot be read are left out: they open nothing.
    func sealedEpochs() throws -> [RecipientID: Set<EpochNumber>] {
        var sealed: [RecipientID: Set<EpochNumber>] = [:]
        for (domain, bundles) in keyring.epochs {
            for bundle in bundles {
                for name in try store.names(below: Names.slots(domain, bundle.epoch)) {
                    guard let slot = try? Slot(decoding: try store.readAll(name, limit: 64 << 10)),
                        slot.purpose != .administrator
                    else { continue }
                    sealed[slot.recipient, default: []].insert(EpochNumber(domain: domain, epoch: bundle.epoch))
                }
            }
        }
        return sealed
    }

    /// The one active recipient whose label is `text` or whose id begins with it.
    func activeRecipient(named text: String) throws -> Recipient {
        let active = keyring.activeRecipients
        let labelled = active.filter { $0.label == text }
        let found =
            labelled.isEmpty
            ? active.filter { text.utf8.count >= 4 && $0.id.hex.hasPrefix(text.lowercased()) } : labelled
        guard let first = found.first else {
            throw Failure(
                .recipientMissing, "No recipient of the repository is called '\(text)'.",
                advice: "'safehold keys' lists them; give a label, or at least four digits of an id.")
        }
        guard found.count == 1 else {
            let candidates = found.map { "\($0.id.hex.prefix(8)) (\($0.label))" }.joined(separator: ", ")
            throw Failure(
                .usage, "Several recipients are called '\(text)': \(candidates).",
                advice: "Give the beginning of the id.")
        }
        return first
    }
}
