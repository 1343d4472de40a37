import CLinux
import Primitives
import RepositoryEngine

/// Looks for names in many snapshots. Blocks of listings that snapshots share and that hold no match are read once.
package struct Search: ~Copyable {
    private let pattern: [CChar]
    private let matchesWholePath: Bool
    private let ignoringCase: Bool
    private var fruitless: Set<ChunkID> = []

    /// A shell pattern: of names, or where it has a slash of whole paths.
    package init(pattern: [UInt8], ignoringCase: Bool) {
        self.pattern = pattern.map { CChar(bitPattern: $0) } + [0]
        matchesWholePath = pattern.contains(0x2F)
        self.ignoringCase = ignoringCase
    }

    /// Calls `body` with every match, in path order; it returns false to stop. Returns what could not be read.
    package mutating func run(_ snapshot: OpenedSnapshot, _ body: (ListedEntry) throws -> Bool) throws -> [Failure] {
        var reader = snapshot.listing()
        var damage: [Failure] = []
        for reference in try reader.blocks(below: snapshot.root, where: { _ in true })
        where !fruitless.contains(reference.id) {
            do {
                let (goesOn, found) = try read(reference, &reader, body)
                if !found { fruitless.insert(reference.id) }
                guard goesOn else { return damage }
            } catch let failure as Failure where failure.code.class == .integrity {
                damage.append(failure)
            }
        }
        return damage
    }

    private func read(
        _ reference: ListingReference, _ reader: inout ListingReader, _ body: (ListedEntry) throws -> Bool
    ) throws -> (goesOn: Bool, found: Bool) {
        var block = try reader.block(reference.id)
        var record = ListingRecord()
        var found = false
        do {
            while try block.next(&record) {
                guard !record.flags.contains(.ancestor), matches(record.path) else { continue }
                found = true
                guard try body(ListedEntry(record, owners: block.owners)) else { return (false, true) }
            }
        } catch let error as EncodingError {
            throw Failure.damaged("Listing block \(reference.id.hex.prefix(16))", error.problem)
        }
        return (true, found)
    }

    private func matches(_ path: [UInt8]) -> Bool {
        var candidate: [CChar]
        if matchesWholePath {
            candidate = [0x2F] + path.map { CChar(bitPattern: $0) }
        } else {
            let start = path.lastIndex(of: 0x2F).map { $0 + 1 } ?? 0
            candidate = path[start...].map { CChar(bitPattern: $0) }
        }
        candidate.append(0)
        return sh_pattern_matches(pattern, candidate, ignoringCase ? 1 : 0) != 0
    }
}
