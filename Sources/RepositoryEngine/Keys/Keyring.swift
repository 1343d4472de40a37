import Primitives
import Sealing
import Storage

/// All that a repository says about keys, every line of it signed by the administrator whom FORMAT names.
package struct Keyring: Sendable {
    package let repository: RepositoryID
    package let administrator: HybridSignature.PublicKey
    package private(set) var recipients: [Recipient] = []
    package private(set) var removed: [RecipientID: Timestamp] = [:]
    package private(set) var writers: [WriterID: WriterCertificate] = [:]
    /// Of those that add nothing any more. Where there are several words about one, the one that lets the fewest snapshots count.
    package private(set) var withdrawals: [WriterID: WriterWithdrawal] = [:]
    private(set) var withdrawalCount = 0
    /// Epochs of each domain, oldest first.
    package private(set) var epochs: [DomainID: [EpochBundle]] = [:]

    /// Reads and checks everything below `keys/`.
    package init(format: FormatFile, formatBytes: [UInt8], store: any ObjectStore) throws {
        repository = format.repository
        let records = try KeyObjects(store)
        let publicBytes = try records.bytes(of: Names.administratorPublic)
        guard SHA256Digest.of(publicBytes) == format.administrator else {
            throw Failure(
                .signatureInvalid, "The administrator's key is not the one that FORMAT names.",
                advice:
                    "Compare the fingerprint with your recovery kit; restore keys/administrator/public from another copy."
            )
        }
        do {
            administrator = try HybridSignature.PublicKey(bytes: publicBytes)
        } catch {
            throw Failure.damaged(Names.administratorPublic, error.problem)
        }
        let signature = try SignedRecord.verified(
            try records.bytes(of: Names.formatSignature), as: .format, by: administrator,
            repository: repository,
            name: Names.formatSignature)
        guard signature[1] == SHA256Digest.of(formatBytes).bytes else {
            throw Failure(
                .signatureInvalid, "FORMAT was altered after it was signed.",
                advice: "Restore FORMAT from another copy of the repository.")
        }
        try load(records)
    }

    private mutating func load(_ records: KeyObjects) throws {
        try eachHashed(.recipient, below: Names.recipients, records) { fields in
            recipients.append(try Recipient(fields: fields))
        }
        try eachHashed(.removal, below: Names.removals, records) { fields in
            removed[try fields.identifier(1)] = Timestamp(seconds: try fields.integer(2))
        }
        try eachHashed(.writer, below: Names.writers, records) { fields in
            let writer = try WriterCertificate(fields: fields)
            writers[writer.id] = writer
        }
        try eachHashed(.withdrawal, below: Names.withdrawals, records) { fields in
            let withdrawal = try WriterWithdrawal(fields: fields)
            withdrawalCount += 1
            if let known = withdrawals[withdrawal.writer], known.last <= withdrawal.last { return }
            withdrawals[withdrawal.writer] = withdrawal
        }
        for name in records.names(below: Names.domains) where name.lastComponent == "bundle" {
            try read(.epoch, name, records) { fields, _ in
                let bundle = try EpochBundle(fields: fields)
                epochs[bundle.domain, default: []].append(bundle)
                return Names.bundle(bundle.domain, bundle.epoch)
            }
        }
        recipients.sort { ($0.created, $0.id) < ($1.created, $1.id) }
        for domain in epochs.keys { epochs[domain]?.sort { $0.epoch < $1.epoch } }
    }

    private func eachHashed(
        _ kind: SignedRecord.Kind, below prefix: String, _ records: KeyObjects, _ body: (Fields) throws -> Void
    ) throws {
        for name in records.names(below: prefix) {
            try read(kind, name, records) { fields, digest in
                try body(fields)
                return Names.hashed(prefix, digest)
            }
        }
    }

    /// `body` returns the name that the record belongs under: a valid record in another's place is no valid record.
    private func read(
        _ kind: SignedRecord.Kind, _ name: ObjectName, _ records: KeyObjects,
        _ body: (Fields, Digest32) throws -> ObjectName
    ) throws {
        let bytes = try records.bytes(of: name)
        let fields = try SignedRecord.verified(bytes, as: kind, by: administrator, repository: repository, name: name)
        do {
            guard try body(fields, SHA256Digest.of(bytes)) == name else {
                throw EncodingError("stands under a name that is not its own")
            }
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }

    /// Those to whom a new epoch is sealed.
    package var activeRecipients: [Recipient] { recipients.filter { removed[$0.id] == nil } }

    package func newestEpoch(of domain: DomainID) -> EpochBundle? { epochs[domain]?.last }
}
