import RepositoryEngine

/// The directory whose content a component is taken for: what is above it is left out, of an export and of a restore of components.
package enum StrippedParent {
    /// The deepest directory that holds all that was backed up: the one tree itself, the directory of the one file, or what several
    /// have in common. As listings have paths: without a leading slash.
    package static func of(_ snapshot: OpenedSnapshot) throws -> [UInt8] {
        let roots = (snapshot.summary.details?.paths ?? []).map(ListingPath.of)
        let parent = common(roots)
        guard roots.contains(parent), !parent.isEmpty, try !snapshot.isDirectory(parent) else { return parent }
        return parent.lastIndex(of: 0x2F).map { Array(parent[..<$0]) } ?? []
    }

    /// The names at the beginning that all paths share.
    static func common(_ paths: [[UInt8]]) -> [UInt8] {
        guard var names = paths.first?.split(separator: 0x2F)[...] else { return [] }
        for path in paths.dropFirst() {
            let others = path.split(separator: 0x2F)
            names = names.prefix(zip(names, others).prefix { $0.elementsEqual($1) }.count)
        }
        return Array(names.joined(separator: [0x2F]))
    }
}

extension OpenedSnapshot {
    /// A tree whose own record is lost counts as a directory: it has something in it.
    fileprivate func isDirectory(_ path: [UInt8]) throws -> Bool {
        var kind: EntryKind?
        var reader = listing()
        try reader.forEachRecord(below: root, where: { $0.mayHold(path) }) { record, _ in
            if record.path == path { kind = record.kind }
            return PathOrder.compare(record.path, path) < 0
        }
        return kind ?? .directory == .directory
    }
}
