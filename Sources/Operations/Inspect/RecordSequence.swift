import RepositoryEngine

/// What a listing's records must be like before anything is made of their names: forged or damaged ones could lead out of a target.
struct RecordSequence {
    private var lastPath: [UInt8]?

    /// What is wrong with the next record; nil when nothing is.
    mutating func problem(of record: ListingRecord) -> String? {
        defer { lastPath = record.path }
        if let lastPath, PathOrder.compare(lastPath, record.path) >= 0 { return "its record is out of order" }
        if record.path.isEmpty { return record.kind == .directory ? nil : "it has no name" }
        let isSound = record.path.split(separator: 0x2F, omittingEmptySubsequences: false).allSatisfy { name in
            !name.isEmpty && name.count <= 255 && !name.elementsEqual([0x2E]) && !name.elementsEqual([0x2E, 0x2E])
                && !name.contains(0)
        }
        return isSound ? nil : "its name is not one that a file can have"
    }
}
