import Primitives
import Sealing
import Storage

/// What somebody brings to open a repository.
package enum Credential: ~Copyable, Sendable {
    case passphrase(SecretBytes)
    case recipientKey(Encapsulation.PrivateKey)
}

/// A recipient whose private key is at hand.
package struct UnlockedRecipient: ~Copyable, Sendable {
    package let recipient: Recipient
    package let key: Encapsulation.PrivateKey

    init(recipient: Recipient, key: consuming Encapsulation.PrivateKey) {
        self.recipient = recipient
        self.key = key
    }
}

extension Keyring {
    /// Finds the recipient that the credential belongs to. Throws `passphrase-wrong` or `key-denied`.
    package func unlock(_ credential: borrowing Credential) throws -> UnlockedRecipient {
        switch credential {
        case .passphrase(let passphrase):
            for recipient in recipients where recipient.kind == .passphrase {
                let key: Encapsulation.PrivateKey?
                do {
                    key = try recipient.open(with: passphrase, repository: repository)
                } catch let error as EncodingError {
                    throw Failure.damaged("the key of recipient '\(recipient.label)'", error.problem)
                }
                if let key { return UnlockedRecipient(recipient: recipient, key: key) }
            }
            throw Failure(
                .passphraseWrong, "The passphrase does not open this repository.",
                advice:
                    "Check the passphrase file (a trailing newline is ignored, all else counts), or use a recipient's key file or escrow shares."
            )
        case .recipientKey(let key):
            guard let recipient = recipients.first(where: { $0.publicKey == key.publicKey }) else {
                throw Failure(
                    .keyDenied, "The key file does not belong to a recipient of this repository.",
                    advice: "'safehold keys' lists the recipients; check that the repository is the right one.")
            }
            return UnlockedRecipient(recipient: recipient, key: try key.copy())
        }
    }

    /// Opens every epoch that is sealed to `unlocked` and gives its secrets to `opener`. Returns how many.
    @discardableResult
    package func openEpochs(for unlocked: borrowing UnlockedRecipient, store: any ObjectStore, into opener: SealOpener)
        throws -> Int
    {
        var opened = 0
        let purpose = unlocked.recipient.powers.slot ?? .epoch
        for (domain, bundles) in epochs {
            for bundle in bundles {
                guard
                    let secret = try openSlot(
                        below: Names.slots(domain, bundle.epoch), purpose, domain: domain, epoch: bundle.epoch,
                        for: unlocked, store: store)
                else { continue }
                guard try Self.give(secret, purpose, of: bundle, to: opener) else {
                    throw Failure(
                        .signatureInvalid,
                        "A slot of epoch \(bundle.epoch) holds other keys than the administrator signed.",
                        advice: "Do not trust this copy of the repository; compare it with another one.")
                }
                opened += 1
            }
        }
        guard opened > 0 || epochs.isEmpty else {
            throw Failure(
                .keyDenied, "Recipient '\(unlocked.recipient.label)' has no key slot in this repository.",
                advice: "Use another recipient's key; 'safehold keys' lists them.")
        }
        return opened
    }

    /// False for other keys than those that the administrator signed.
    private static func give(
        _ secret: borrowing SecretBytes, _ purpose: Slot.Purpose, of bundle: EpochBundle, to opener: SealOpener
    ) throws -> Bool {
        do {
            if purpose == .structure {
                guard secret.count == 32 else { throw EncodingError("has \(secret.count) bytes, not 32") }
                let structure = try Encapsulation.PrivateKey(seed: secret.slice(0..<32))
                guard bundle.matches(structure: structure) else { return false }
                opener.add(structure: structure, domain: bundle.domain, epoch: bundle.epoch)
            } else {
                let secrets = try EpochSecrets(encoded: secret)
                guard bundle.matches(secrets) else { return false }
                opener.add(secrets, domain: bundle.domain, epoch: bundle.epoch)
            }
            return true
        } catch let error as EncodingError {
            throw Failure.damaged("a slot of epoch \(bundle.epoch)", error.problem)
        }
    }

    /// The administrator's signing key, if it is sealed to `unlocked`.
    package func openAdministrator(for unlocked: borrowing UnlockedRecipient, store: any ObjectStore) throws
        -> HybridSignature.PrivateKey
    {
        guard
            let secret = try openSlot(
                below: Names.administratorSlots, .administrator, domain: .zero, epoch: 0, for: unlocked, store: store)
        else {
            throw Failure(
                .keyDenied,
                "Recipient '\(unlocked.recipient.label)' may \(unlocked.recipient.powers.contains(.opens) ? "open backups" : "collect and verify") but not administer the repository.",
                advice: "Use the passphrase or key file of an administrator.")
        }
        let key = try HybridSignature.PrivateKey(seeds: secret)
        guard key.publicKey == administrator else {
            throw Failure.damaged("the administrator's slot", "holds another key than FORMAT names")
        }
        return key
    }

    private func openSlot(
        below prefix: String, _ purpose: Slot.Purpose, domain: DomainID, epoch: UInt32,
        for unlocked: borrowing UnlockedRecipient,
        store: any ObjectStore
    ) throws -> SecretBytes? {
        let info = Slot.info(
            purpose, repository: repository, domain: domain, epoch: epoch, recipient: unlocked.recipient.id)
        var damage: Failure?
        for name in try store.names(below: prefix) {
            do {
                let slot = try Slot(decoding: try store.readAll(name, limit: 64 << 10))
                guard slot.purpose == purpose, slot.recipient == unlocked.recipient.id else { continue }
                return try unlocked.key.open(slot.sealed, info: info)
            } catch let error as EncodingError {
                damage = Failure.damaged(name, error.problem)
            }
        }
        if let damage { throw damage }
        return nil
    }
}
