import Primitives

/// What a medium's journal says of it now.
package struct MediumFacts: Sendable, Equatable {
    package struct Check: Sendable, Equatable {
        package var time: Timestamp
        /// Objects and blocks of parity that were not whole; after a repair those that could not be mended.
        package var damaged: UInt64
    }

    package var id: MediumID
    package var repository: RepositoryID
    package var label: String
    /// Where it is meant to be kept.
    package var site: String?
    package var made: Timestamp
    /// Whether it lies on the same file system as the repository, and goes with it.
    package var sharesFileSystem = false
    package var isOut = false
    package var custodian: String?
    package var location: String?
    /// The day on which it should be back, 2027-01-31.
    package var due: String?
    package var copied: Timestamp?
    /// Left out of the last copy: something could not be read.
    package var isPartial = false
    package var bytes: UInt64 = 0
    package var objects: UInt64 = 0
    package var snapshots: UInt64 = 0
    package var newest: Timestamp?
    package var check: Check?

    /// Nil for a journal that does not begin with the making of a medium.
    package init?(_ journal: MediumJournal) {
        guard let first = journal.records.first, first.event == .made,
            let id = first["medium"].flatMap({ MediumID(hex: $0) }),
            let repository = first["repository"].flatMap({ RepositoryID(hex: $0) }), let label = first["label"]
        else { return nil }
        self.id = id
        self.repository = repository
        self.label = label
        site = first["site"]
        made = first.time
        sharesFileSystem = first["same-file-system"] == "yes"
        for record in journal.records.dropFirst() { apply(record) }
    }

    private mutating func apply(_ record: MediumRecord) {
        switch record.event {
        case .made: break
        case .copied:
            copied = record.time
            bytes = record.number("bytes") ?? 0
            objects = record.number("objects") ?? 0
            snapshots = record.number("snapshots") ?? 0
            newest = record["newest"].flatMap { Timestamp(description: $0) }
            isPartial = record["missing"] != nil
        case .checked, .repaired:
            check = Check(time: record.time, damaged: record.number("damaged") ?? 0)
        case .out:
            isOut = true
            (custodian, location, due) = (record["custodian"], record["location"], record["due"])
            site = record["site"] ?? site
        case .back:
            isOut = false
            (custodian, location, due) = (nil, record["location"], nil)
            site = record["site"] ?? site
        }
    }

    /// Whether it should have been back by the end of its day, in UTC.
    package func isOverdue(at now: Timestamp) -> Bool {
        guard isOut, let due, let end = Timestamp(description: due + "T23:59:59Z") else { return false }
        return end < now
    }
}
