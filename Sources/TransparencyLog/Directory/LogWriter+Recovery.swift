import Primitives

extension LogWriter {
    /// What is on disk, verified as far as growing depends on it: signatures, the tree's edge, and the newest entries. A checkpoint that was durable and had not got its name gets it.
    borrowing func recover(remembered: TreeHead?) throws -> State {
        let current = try storage.read(Self.checkpointPath).map { try trusted($0) }
        let next = try waiting(after: current)
        guard let note = next ?? current else { throw LogProblem.missing(Self.checkpointPath) }
        let tree = try Checkpoint.claimed(by: note).tree
        let reader = try TileReader(tree) { [storage] in try storage.read($0.description) }
        if let remembered { try reader.check(against: remembered) }
        if next != nil {
            if let current { try reader.check(against: Checkpoint.claimed(by: current).tree) }
            try storage.rename(Self.nextPath, to: Self.checkpointPath)
        }
        var bundle: [UInt8] = []
        if !tree.size.isMultiple(of: 256) {
            for entry in try reader.entries(bundle: tree.size / 256) { EntryBundle.append(entry, to: &bundle) }
        }
        try sweep(tree.size)
        try putAside(from: tree.size)
        return State(note: note, tree: tree, edge: reader.edge, bundle: bundle)
    }

    /// The checkpoint that waits for its name. What is not whole was never to be seen by anybody, and goes; what is whole and older than the current one is left of nothing
    /// that we do.
    private borrowing func waiting(after current: SignedNote?) throws -> SignedNote? {
        guard let bytes = try storage.read(Self.nextPath) else { return nil }
        guard let note = try? trusted(bytes) else {
            // Without another one there is no log yet, or no more: that is not for us to say.
            if current != nil { try storage.remove([Self.nextPath]) }
            return nil
        }
        if let current, try Checkpoint.claimed(by: note).tree.size < Checkpoint.claimed(by: current).tree.size {
            throw LogProblem.altered(Self.nextPath)
        }
        return note
    }

    /// Both signatures have to hold: one alone would be as weak as the weaker of the two.
    borrowing func trusted(_ bytes: [UInt8]) throws -> SignedNote {
        let note: SignedNote
        do {
            note = try SignedNote(parsing: bytes)
        } catch {
            throw LogProblem.unsigned(error.problem)
        }
        let checkpoint = try Checkpoint.claimed(by: note)
        guard checkpoint.origin == signer.name else { throw LogProblem.otherLog(checkpoint.origin.description) }
        let signatures = try note.verified(by: signer.verifierKeys)
        guard signatures.count == signer.verifierKeys.count else {
            throw LogProblem.unsigned("bears only one of the log's two signatures")
        }
        return note
    }

    /// Removes partial tiles that a crash kept from being removed when they became full.
    private borrowing func sweep(_ size: UInt64) throws {
        let levels = (0..<TreeEdge.levelCount(size)).map { (Tile.Level.hashes($0), size >> UInt64(8 * $0 + 8)) }
        for (level, count) in [(.entries, size >> 8)] + levels where count > 0 {
            try removePartials(of: Tile(level: level, index: count - 1))
        }
    }

    /// Entries that a crash kept from becoming part of the log, or that a checkpoint which was put back no longer covers, are put aside before their place is taken: they
    /// are no part of it, but somebody may want to see them.
    private borrowing func putAside(from size: UInt64) throws {
        var number = size / 256
        while true {
            let tile = Tile(level: .entries, index: number)
            let known = number == size / 256 ? Int(size % 256) : 0
            var left = try storage.names(in: tile.partialFolder).filter { Int($0) ?? 0 > known }
                .map { tile.partialFolder + "/" + $0 }
            if try storage.read(tile.description) != nil { left.append(tile.description) }
            if left.isEmpty { return }
            for path in left {
                guard let bytes = try storage.read(path) else { continue }
                let name = path.map { $0 == "/" ? "-" : String($0) }.joined()
                try storage.write([LogFile("abandoned/\(size)-\(name)", bytes)])
                try storage.remove([path])
            }
            number += 1
        }
    }
}
