import Primitives

/// Shows that an entry is in a log, without the log: the entry's index, its path, and a checkpoint with its signatures (C2SP tlog-proof).
package struct TransparencyProof: Sendable, Equatable {
    /// For whoever reads the proof; nothing vouches for it.
    package var extra: [UInt8]?
    package var index: UInt64
    package var path: [Digest32]
    package var checkpoint: SignedNote

    package init(index: UInt64, path: [Digest32], checkpoint: SignedNote, extra: [UInt8]? = nil) {
        (self.index, self.path, self.checkpoint, self.extra) = (index, path, checkpoint, extra)
    }

    private static let header = "c2sp.org/tlog-proof@v1"

    package init(parsing bytes: [UInt8]) throws(EncodingError) {
        guard bytes.count <= SignedNote.largest * 2 else { throw EncodingError("is too large for a proof") }
        var rest = bytes[...]
        guard NoteText.takeLine(&rest)?.elementsEqual(Self.header.utf8) == true else {
            throw EncodingError("does not begin as a proof does")
        }
        var line = NoteText.takeLine(&rest)
        if let text = line.flatMap({ NoteText.rest(of: $0, after: "extra") }) {
            guard let bytes = NoteText.bytes(base64: text) else { throw EncodingError("has extra data that is none") }
            extra = bytes
            line = NoteText.takeLine(&rest)
        }
        guard let text = line.flatMap({ NoteText.rest(of: $0, after: "index") }), let number = NoteText.number(text)
        else { throw EncodingError("states no index") }
        index = number
        path = try NoteText.takeHashes(&rest)
        checkpoint = try SignedNote(parsing: Array(rest))
    }

    package var bytes: [UInt8] {
        let extra = extra.map { "extra " + NoteText.base64($0) + "\n" } ?? ""
        let lines = "\(Self.header)\n\(extra)index \(index)\n" + NoteText.lines(path) + "\n"
        return Array(lines.utf8) + checkpoint.bytes
    }

    /// What was signed, if the policy is content and the entry is where the proof says.
    package func verified(_ entry: [UInt8], policy: TrustPolicy) throws -> Checkpoint {
        let checkpoint = try policy.verified(checkpoint).checkpoint
        guard MerkleTree.isIncluded(MerkleHash.leaf(entry), at: index, in: checkpoint.tree, by: path) else {
            throw LogProblem.alteredEntry(index)
        }
        return checkpoint
    }
}
