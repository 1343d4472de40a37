import Identity
import Primitives

/// Who has a medium, where it lies, and when it should be back.
package enum Custody {
    /// A medium that is attached, or one that this host's book knows by its label.
    package enum Which: Sendable {
        case attached(path: String)
        case labelled(String)
    }

    package struct Handover: Sendable {
        package var custodian: String
        package var location: String
        package var site: String?
        /// 2027-01-31.
        package var due: String

        package init(custodian: String, location: String, site: String?, due: String) {
            (self.custodian, self.location, self.site, self.due) = (custodian, location, site, due)
        }
    }

    package static func signOut(
        permit: consuming Permit<MediaAction>, _ which: Which, repository: RepositoryID?, handover: Handover,
        state: HostState, clock: WallClock
    ) throws -> MediumFacts {
        for (text, what) in [(handover.custodian, "custodian"), (handover.location, "location")] {
            try MediumText.check(text, what)
        }
        if let site = handover.site { try MediumText.check(site, "site", limit: 64) }
        guard Timestamp(description: handover.due + "T00:00:00Z") != nil else {
            throw Failure(
                .usage, "'\(handover.due)' is no date.", advice: "Give the day as 2027-01-31.")
        }
        let record = MediumRecord(
            time: clock.now(), event: .out, actor: MediumText.actor(permit.actor),
            [
                ("custodian", handover.custodian), ("location", handover.location), ("site", handover.site),
                ("due", handover.due),
            ])
        return try add(record, to: which, repository, state)
    }

    package static func signIn(
        permit: consuming Permit<MediaAction>, _ which: Which, repository: RepositoryID?, location: String?,
        site: String?, state: HostState, clock: WallClock
    ) throws -> MediumFacts {
        if let location { try MediumText.check(location, "location") }
        if let site { try MediumText.check(site, "site", limit: 64) }
        let record = MediumRecord(
            time: clock.now(), event: .back, actor: MediumText.actor(permit.actor),
            [("location", location), ("site", site)])
        return try add(record, to: which, repository, state)
    }

    private static func add(_ record: MediumRecord, to which: Which, _ repository: RepositoryID?, _ state: HostState)
        throws -> MediumFacts
    {
        switch which {
        case .attached(let path):
            let medium = try Medium(at: path, state: state)
            if let repository { try medium.require(repository) }
            try medium.add(record)
            return medium.facts
        case .labelled(let label):
            let facts = try MediaBook.medium(labelled: label, of: repository, in: state)
            let book = MediaBook(state, repository: facts.repository)
            var journal = try book.journal(of: facts.id)
            journal.append(record)
            try book.save(journal, of: facts.id)
            return MediumFacts(journal) ?? facts
        }
    }
}
