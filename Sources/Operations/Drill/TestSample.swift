import Primitives
import RepositoryEngine
import Sealing

/// Which files of a snapshot a test restores: so many of them, each with the same chance, and again the same ones for the same seed.
struct TestSample {
    /// Nil: all files.
    let count: Int?
    let seed: String
    /// So many bytes at most.
    let quota: UInt64

    struct Chosen {
        /// In the listing's order; nil where all are wanted.
        var files: [[UInt8]]?
        var bytes: UInt64 = 0
        /// Of the snapshot.
        var filesThere: UInt64 = 0
        var bytesThere: UInt64 = 0
        /// Would have been in the sample, and did not fit.
        var tooLarge: UInt64 = 0
    }

    /// The files with the smallest keys, a key being the digest of seed and path: nobody who does not know the seed knows beforehand which.
    func choose(from snapshot: OpenedSnapshot) throws -> Chosen {
        var chosen = Chosen()
        var best: [(key: Digest32, path: [UInt8], size: UInt64)] = []
        // Some more than wanted, so that there are enough when large ones do not fit.
        let kept = (count ?? 0) * 2
        var listing = snapshot.listing()
        try listing.forEachRecord(below: snapshot.root, where: { _ in true }, damaged: { throw $1 }) { record, _ in
            guard record.kind == .file, !record.flags.contains(.unreadable), !record.flags.contains(.ancestor) else {
                return true
            }
            chosen.filesThere += 1
            chosen.bytesThere += record.size
            guard kept > 0 else { return true }
            best.append((SHA256Digest.of(Array(seed.utf8) + [0] + record.path), record.path, record.size))
            if best.count >= kept * 4 { Self.keep(kept, of: &best) }
            return true
        }
        guard let count else { return all(chosen) }
        Self.keep(kept, of: &best)
        var files: [[UInt8]] = []
        for file in best where files.count < count {
            guard chosen.bytes + file.size <= quota else {
                chosen.tooLarge += 1
                continue
            }
            files.append(file.path)
            chosen.bytes += file.size
        }
        chosen.files = files.sorted { PathOrder.compare($0, $1) < 0 }
        return chosen
    }

    private static func keep(_ count: Int, of best: inout [(key: Digest32, path: [UInt8], size: UInt64)]) {
        best.sort { $0.key.hex < $1.key.hex }
        best.removeLast(max(0, best.count - count))
    }

    private func all(_ chosen: Chosen) -> Chosen {
        var chosen = chosen
        chosen.bytes = chosen.bytesThere
        return chosen
    }
}
