import Primitives
import TransparencyLog

/// What a witness signed, or had signed before.
package struct CosignedLog: Sendable {
    package var origin: NoteName
    package var tree: TreeHead
    /// With the witness's lines; nil where nothing is new.
    package var note: SignedNote?
}

extension WitnessDesk {
    /// Somewhere that keeps checkpoints of a log, and what shows that one goes on from another.
    package struct Source {
        /// For messages.
        var place: String
        var checkpoints: [(name: String, bytes: [UInt8])]
        /// Bodies of add-checkpoint requests that begin with this size and end with another one at most, the largest step first.
        var requests: (_ old: UInt64, _ most: UInt64) throws -> [[UInt8]]

        package init(
            _ place: String, _ checkpoints: [(name: String, bytes: [UInt8])],
            requests: @escaping (UInt64, UInt64) throws -> [[UInt8]]
        ) {
            (self.place, self.checkpoints, self.requests) = (place, checkpoints, requests)
        }
    }

    private static var mostSteps: Int { 100_000 }

    /// Cosigns the newest checkpoint of a log that lies somewhere, step by step from the one that was cosigned last. Throws `audit-rolled-back`, `audit-forked` or `audit-unwitnessed` where it
    /// cannot be; then nothing was signed but steps that were good.
    package func follow(_ log: KnownLog, in source: Source) throws -> CosignedLog {
        let (newest, isSigned) = try newest(of: log, in: source)
        let aim = try Checkpoint(parsing: newest.text).tree
        for _ in 0..<Self.mostSteps {
            // What another process of this host cosigned meanwhile counts, too.
            guard let known = try self.log(log.origin) else { throw WitnessFailure.missing }
            guard known.tree.size <= aim.size else {
                throw WitnessFailure.rolledBack(known, to: aim.size, where: source.place)
            }
            guard known.tree.size < aim.size || known.tree == aim else {
                throw WitnessFailure.forked(known, "another one of \(aim.size) entries is in \(source.place)")
            }
            if known.tree == aim, isSigned { return CosignedLog(origin: log.origin, tree: aim) }
            if let lines = try step(from: known, to: newest, aim, source) {
                var note = newest
                note.signatures = note.signatures.filter { !lines.contains($0) } + lines
                return CosignedLog(origin: log.origin, tree: aim, note: note)
            }
        }
        throw WitnessFailure.unproven(log, to: aim.size, where: source.place)
    }

    /// The signatures where that was the last step; nil where there are more, or somebody else made one.
    private func step(
        from known: KnownLog, to newest: SignedNote, _ aim: TreeHead, _ source: Source
    ) throws -> [SignedNote.Signature]? {
        let isDirect = known.tree.size == 0 || known.tree == aim
        let bodies =
            isDirect
            ? [AddCheckpoint(oldSize: known.tree.size, proof: [], checkpoint: newest).bytes]
            : try source.requests(known.tree.size, aim.size)
        var isForked = false
        for body in bodies {
            let response = try answer(body)
            switch response.status {
            case 200:
                let signed = try AddCheckpoint(parsing: body).checkpoint
                return signed.text == newest.text ? try SignedNote.signatures(response.body) : nil
            case 409: return nil
            case 422: isForked = true
            default: continue
            }
        }
        throw isForked
            ? WitnessFailure.forked(known, "what should show that it goes on does not")
            : WitnessFailure.unproven(known, to: aim.size, where: source.place)
    }

    /// The largest checkpoint that bears the log's signatures, and whether this witness's are on one like it. Two of one size with different roots are a fork.
    private func newest(of log: KnownLog, in source: Source) throws -> (note: SignedNote, isSigned: Bool) {
        let (own, known) = (try keys(), try self.log(log.origin) ?? log)
        var roots = [known.tree.size: known.tree]
        var newest: (note: SignedNote, size: UInt64)?
        var signed: Set<UInt64> = []
        for (_, bytes) in source.checkpoints {
            guard let note = try? SignedNote(parsing: bytes), let checkpoint = try? Checkpoint(parsing: note.text),
                checkpoint.origin == log.origin, log.isSigned(note)
            else { continue }
            let tree = checkpoint.tree
            guard roots[tree.size, default: tree] == tree else {
                throw WitnessFailure.forked(known, "two different ones of \(tree.size) entries are known")
            }
            roots[tree.size] = tree
            let lines = (try? note.verified(by: own))?.map(\.key) ?? []
            if own.allSatisfy(lines.contains) { signed.insert(tree.size) }
            if tree.size >= newest?.size ?? 0 { newest = (note, tree.size) }
        }
        guard let newest else { throw WitnessFailure.unsigned(log, source.place) }
        return (newest.note, signed.contains(newest.size))
    }
}
