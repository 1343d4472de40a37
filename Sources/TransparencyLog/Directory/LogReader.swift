import Primitives

/// Reads a log of which only its keys are trusted, and perhaps what was remembered of it. Needs no lock: files that a checkpoint names stay as they are.
package struct LogReader: Sendable {
    package let note: SignedNote
    package let checkpoint: Checkpoint
    package let signatures: [VerifiedSignature]
    let storage: any LogStorage

    /// Reads the log's newest checkpoint. `remembered`: a tree that the log is known to have had.
    package init(_ storage: any LogStorage, policy: TrustPolicy, remembered: TreeHead? = nil) throws {
        guard let bytes = try storage.read(LogWriter.checkpointPath) else {
            throw LogProblem.missing(LogWriter.checkpointPath)
        }
        do throws(EncodingError) {
            note = try SignedNote(parsing: bytes)
        } catch {
            throw LogProblem.unsigned(error.problem)
        }
        (checkpoint, signatures) = try policy.verified(note)
        self.storage = storage
        if let remembered { try tiles().check(against: remembered) }
    }

    package var tree: TreeHead { checkpoint.tree }

    /// For one thread.
    package func tiles() throws -> TileReader {
        try TileReader(tree) { [storage] in try storage.read($0.description) }
    }

    /// What shows others that an entry is in the log; nil where there are not as many entries.
    package func proof(of index: UInt64) throws -> TransparencyProof? {
        guard index < tree.size else { return nil }
        return TransparencyProof(index: index, path: try tiles().inclusionProof(of: index), checkpoint: note)
    }

    /// What asks a witness for its signature that has cosigned a tree of `size`; nil where it knows more than there is.
    package func request(from size: UInt64) throws -> AddCheckpoint? {
        guard size <= tree.size else { return nil }
        return AddCheckpoint(oldSize: size, proof: try tiles().consistencyProof(from: size), checkpoint: note)
    }
}
