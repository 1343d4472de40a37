import Primitives
import RepositoryEngine

/// Of files that are lost with damaged objects the newest version that is whole (VER-1).
struct IntactVersions: ~Copyable {
    /// A committed snapshot of the domain; the newest first.
    struct Candidate {
        var digest: Digest32
        var time: Timestamp
        var root: ChunkID
        /// Which writer made it, of what: another host's file of the same path is another file.
        var chain: [String]
    }

    private let candidates: [Candidate]
    private let search: AffectedFiles
    private var listing: ListingReader
    /// So many records are looked up at most: damage is to be told soon, also where it is everywhere.
    private var left = 20_000

    init(_ candidates: [Candidate], search: AffectedFiles, listing: consuming ListingReader) {
        (self.candidates, self.search) = (candidates, search)
        self.listing = listing
    }

    /// By path, of files that were named with a finding; those without an intact version are left out.
    mutating func find(_ finding: VerifyFinding) throws -> [[UInt8]: VerifyFinding.Version] {
        let chains = Set(candidates.filter { finding.snapshots.contains($0.digest) }.map(\.chain))
        guard !chains.isEmpty else { return [:] }
        var found: [[UInt8]: VerifyFinding.Version] = [:]
        for path in Set(finding.files) {
            for candidate in candidates where chains.contains(candidate.chain) {
                guard left > 0 else { return found }
                left -= 1
                if try isIntact(ListingPath.of(path), in: candidate.root) {
                    found[path] = VerifyFinding.Version(snapshot: candidate.digest, time: candidate.time)
                    break
                }
            }
        }
        return found
    }

    private mutating func isIntact(_ path: [UInt8], in root: ChunkID) throws -> Bool {
        var record: ListingRecord?
        do {
            try listing.forEachRecord(below: root, where: { $0.mayHold(path) }) { next, _ in
                if next.path == path { record = next }
                return PathOrder.compare(next.path, path) < 0
            }
        } catch let failure as Failure where failure.code.class == .integrity {
            // What cannot be looked up is told of as it is.
            return false
        }
        guard let record, record.kind == .file, !record.flags.contains(.unreadable) else { return false }
        return try search.finding(of: record) == nil
    }
}
