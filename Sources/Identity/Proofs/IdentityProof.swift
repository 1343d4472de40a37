import Primitives
import Sealing

/// What somebody showed to prove who he is. Its kind is kept, and no number.
package enum IdentityDocument: String, Sendable, CaseIterable {
    case passport
    case identityCard = "identity-card"
    case residencePermit = "residence-permit"
    case drivingLicence = "driving-licence"
    case staffCard = "staff-card"
}

/// That somebody's identity was verified before he got anything to sign with (21 CFR 11.100(b)).
package struct IdentityProof: Sendable, Equatable {
    /// Who looked at the document.
    package let by: PersonID
    package let document: IdentityDocument
    package let at: Timestamp
}

extension IdentityState {
    /// Nobody proves who he is to himself.
    package mutating func prove(
        _ person: PersonID, by document: IdentityDocument, checkedBy actor: PersonID, now: Moment
    ) throws(DirectoryRefusal) {
        guard directory.permits(actor, .account) else { throw .notPermitted }
        try directory.requireHuman(person)
        guard person != actor else { throw .oneself }
        proofs[person] = IdentityProof(by: actor, document: document, at: now.wall)
    }

    package func proof(of person: PersonID) -> IdentityProof? { proofs[person] }

    /// His authenticator, or a service's credential, is not taken any more, and his sessions end, wherever they are (21 CFR 11.300(c)). One person is enough for it: it opens nothing.
    package mutating func reportLoss(of person: PersonID, by actor: PersonID) throws(DirectoryRefusal) {
        guard directory.permits(actor, .account) else { throw .notPermitted }
        guard let known = directory.people[person], known.isActive else { throw .unknownPerson }
        if known.isService { try directory.setCredential(nil, of: person, by: actor) }
        if let factor = credentials[person]?.factor { factors.reportLost(factor) }
        endSessions(of: person)
    }
}

extension IdentityProof {
    func row(of person: PersonID) -> KeptRow {
        KeptRow(.proof, person.bytes) { writer in
            writer.raw(by.bytes)
            writer.counted(document.rawValue)
            writer.time(at)
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            let by: PersonID = try reader.identifier()
            let document: IdentityDocument = try reader.word { IdentityDocument(rawValue: $0) }
            return Self(by: by, document: document, at: try reader.time())
        }
    }
}
