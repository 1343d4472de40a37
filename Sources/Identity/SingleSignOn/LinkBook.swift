import Primitives
import Sealing

/// Who somebody is at a provider, which gives the name to nobody else (OpenID Connect Core, section 2).
package struct ProviderSubject: Hashable, Sendable {
    package let issuer: String
    package let name: String

    package init(issuer: String, name: String) throws(SingleSignOnRefusal) {
        guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .subjectUnusable
        }
        (self.issuer, self.name) = (issuer, name)
    }
}

/// What a provider said of somebody, verified.
package struct ProviderStatement: Sendable, Equatable {
    package let subject: ProviderSubject
    /// When he showed there who he is; nil where it is not said.
    package let authenticated: Timestamp?
    /// What he showed (RFC 8176).
    package let methods: [String]

    package init(_ subject: ProviderSubject, authenticated: Timestamp? = nil, methods: [String] = []) {
        (self.subject, self.authenticated, self.methods) = (subject, authenticated, methods)
    }
}

/// Who comes from where. A subject that was somebody's is nobody else's for ever, as his names and authenticators are.
package struct LinkBook: Sendable, Equatable {
    var owners: [ProviderSubject: PersonID] = [:]
    /// Those that hold: one at most for each person.
    var standing: [PersonID: ProviderSubject] = [:]

    package init() {}

    package func subject(of person: PersonID) -> ProviderSubject? { standing[person] }

    package func person(of subject: ProviderSubject) -> PersonID? {
        owners[subject].flatMap { standing[$0] == subject ? $0 : nil }
    }

    mutating func link(_ subject: ProviderSubject, to person: PersonID) throws(SingleSignOnRefusal) {
        guard (owners[subject] ?? person) == person else { throw .subjectTaken }
        owners[subject] = person
        standing[person] = subject
    }

    mutating func unlink(_ person: PersonID) { standing[person] = nil }

    /// What others agree to before somebody comes in by a provider's word.
    package static func plan(for person: PersonID, _ subject: ProviderSubject) -> Digest32 {
        var writer = ByteWriter()
        writer.counted("safehold v1 provider subject")
        writer.raw(person.bytes)
        writer.counted(subject.issuer)
        writer.counted(subject.name)
        return SHA256Digest.of(writer.bytes)
    }
}
