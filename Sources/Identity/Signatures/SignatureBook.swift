import Primitives
import Sealing

/// What was signed here, without the signatures themselves: enough to miss one that is gone, and to see a step that was left out (21 CFR 11.10(f), 11.70).
package struct SignatureBook: Sendable, Equatable {
    package struct Line: Sendable, Equatable {
        package let id: SignatureID
        package let signer: PersonID
        package let meaning: SignatureMeaning
        package let record: RecordVersion
        package let signedAt: Timestamp
        /// SHA-256 of the whole signature.
        package let digest: Digest32
    }

    package internal(set) var lines: [SignatureID: Line] = [:]

    /// Those on exactly this version of a record, the earliest first.
    func signatures(on record: RecordVersion) -> [Line] {
        lines.values.filter { $0.record == record }.sorted { ($0.signedAt, $0.id) < ($1.signedAt, $1.id) }
    }

    /// Whether somebody has signed that he is accountable for what he signs.
    package func isAccountable(_ person: PersonID) -> Bool {
        lines.values.contains { $0.signer == person && $0.record.kind == AccountabilityStatement.kind }
    }

    /// The newest version of a record that anybody has signed; nil where nobody has.
    func newestVersion(of record: RecordVersion) -> UInt64? {
        lines.values.filter { $0.record.kind == record.kind && $0.record.id == record.id }.map(\.record.version).max()
    }

    /// What is wrong with signing this now, whoever the signer proves to be.
    func require(_ draft: SigningDraft, by person: PersonID) throws(SigningRefusal) {
        let (record, kind) = (draft.record, AccountabilityStatement.kind)
        guard record.kind == kind || isAccountable(person) else { throw .unaccountable }
        let isOther = lines.values.contains {
            $0.record.kind == record.kind && $0.record.id == record.id && $0.record.version == record.version
                && $0.record != record
        }
        guard !isOther else { throw .otherContent }
        guard draft.meaning == .approval else { return }
        let isReviewed = signatures(on: record).contains { $0.meaning == .review && $0.signer != person }
        guard isReviewed else { throw .unreviewed }
    }
}

/// That a signer is accountable for what is done under his signature (21 CFR 11.10(j)), and takes it for as binding as one by hand (11.100(c)).
package enum AccountabilityStatement {
    package static let kind = "accountability"
    package static let mediaType = "text/plain; charset=utf-8"
    package static let version: UInt64 = 1

    package static let text = """
        I am accountable and responsible for whatever is done under my electronic signature.
        It is the legally binding equivalent of my signature by hand.
        I let nobody else use what I sign with, and I report it at once when I have lost it.
        I know that it is a falsification to sign in another person's name, or to change what was signed.

        """
}

extension SignatureBook.Line {
    var row: KeptRow {
        KeptRow(.signature, id.bytes) { writer in
            writer.raw(signer.bytes)
            writer.counted(meaning.rawValue)
            for text in [record.kind, record.id, record.mediaType] { writer.counted(text) }
            writer.u64(record.version)
            writer.digest(record.digest)
            writer.time(signedAt)
            writer.digest(digest)
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        guard let id = SignatureID(bytes: row.key) else { throw EncodingError("has a signature without an id") }
        self = try row.read { (reader) throws(EncodingError) in
            let signer: PersonID = try reader.identifier()
            let meaning: SignatureMeaning = try reader.word { SignatureMeaning(rawValue: $0) }
            let (kind, name) = (try reader.countedString(), try reader.countedString())
            let mediaType = try reader.countedString()
            let record = RecordVersion(
                kind: kind, id: name, version: try reader.u64(), mediaType: mediaType, digest: try reader.digest())
            return Self(
                id: id, signer: signer, meaning: meaning, record: record, signedAt: try reader.time(),
                digest: try reader.digest())
        }
    }
}
