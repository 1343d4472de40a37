import Primitives
import RepositoryEngine

extension OpenedSnapshot {
    /// Calls `body` with entries in path order; it returns false to stop. Without a path: everything that was backed up.
    /// With one: that entry, or what is in that directory, or with `recursive` everything below it. Throws `path-missing`.
    /// What cannot be read of the listing is passed over and returned.
    package func list(
        path: [UInt8]? = nil, recursive: Bool = false, _ body: (ListedEntry) throws -> Bool
    ) throws -> [Failure] {
        let wanted = path.map(ListingPath.of) ?? []
        let everything = recursive || path == nil
        var (found, damage) = (false, [Failure]())
        var reader = listing()
        try reader.forEachRecord(
            below: root, where: { $0.mayHold(wanted) && (everything || !$0.isInsideOneChild(of: wanted)) },
            damaged: { damage.append($1) }
        ) { record, block in
            guard PathOrder.isInside(record.path, wanted) else { return PathOrder.compare(record.path, wanted) < 0 }
            found = true
            let isDirectoryItself = record.path == wanted && record.kind == .directory
            if path == nil && record.flags.contains(.ancestor) { return true }
            if path != nil && isDirectoryItself { return true }
            guard everything || record.path == wanted || record.path.isChild(of: wanted) else { return true }
            return try body(ListedEntry(record, owners: block.owners))
        }
        guard found || path == nil || !damage.isEmpty else { throw pathMissing(wanted) }
        return damage
    }

    func pathMissing(_ path: [UInt8]) -> Failure {
        Failure(
            .pathMissing,
            "There is no /\(String(decoding: path, as: UTF8.self)) in snapshot \(summary.id.hex.prefix(16)).",
            advice:
                "'safehold ls \(summary.id.hex.prefix(16))' lists what is in it; 'safehold find' looks for names in all snapshots."
        )
    }
}

extension [UInt8] {
    /// Whether this is an entry of the directory `parent`, not further down.
    func isChild(of parent: [UInt8]) -> Bool {
        guard PathOrder.isInside(self, parent), count > parent.count else { return false }
        let start = parent.isEmpty ? 0 : parent.count + 1
        return !self[start...].contains(0x2F)
    }
}

extension ListingReference {
    /// Whether all its records lie below one and the same entry of `directory`, so that a plain look at the directory needs none of them.
    func isInsideOneChild(of directory: [UInt8]) -> Bool {
        let start = directory.isEmpty ? 0 : directory.count + 1
        guard PathOrder.isInside(firstPath, directory), firstPath.count > start,
            let slash = firstPath[start...].firstIndex(of: 0x2F)
        else {
            return false
        }
        return lastPath.starts(with: firstPath[...slash])
    }
}
