import Primitives

/// Puts a log together again from its entries and a checkpoint over them.
package struct LogRebuilder {
    private let storage: (any LogStorage)?
    private var (edge, bundle) = (TreeEdge(), [UInt8]())
    /// Not enough for a full tile yet: a partial one is written once, at the end.
    private var waiting: [[UInt8]] = []

    /// Without a storage nothing is written: it only finds out what the entries make up.
    package init(in storage: (any LogStorage)?) { self.storage = storage }

    package var size: UInt64 { edge.size + UInt64(waiting.count) }

    package mutating func append(_ entries: some Sequence<[UInt8]>) throws {
        waiting += entries
        let full = waiting.count / Tile.fullWidth * Tile.fullWidth
        guard full > 0 else { return }
        try write(Array(waiting.prefix(full)))
        waiting.removeFirst(full)
    }

    /// Gives the log its checkpoint. Throws where that is not over these entries.
    package mutating func finish(_ note: SignedNote) throws {
        try write(waiting)
        waiting = []
        guard try edge.head == Checkpoint.claimed(by: note).tree else { throw LogProblem.altered("tile/entries") }
        try storage?.write([LogFile(LogWriter.checkpointPath, note.bytes)])
    }

    private mutating func write(_ entries: [[UInt8]]) throws {
        guard !entries.isEmpty else { return }
        let files = LogWriter.add(entries, to: &edge, &bundle)
        try storage?.write(files)
    }
}
