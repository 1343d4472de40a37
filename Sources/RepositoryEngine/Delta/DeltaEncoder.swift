import Primitives
import Sealing

/// Makes deltas of pieces against the version before them; one per thread.
package struct DeltaEncoder: ~Copyable {
    private let compressor: Compressor
    private let decompressor = Decompressor()

    /// The lowest level finds so little in a base that a difference takes three times as much: it is taken for the usual one.
    package init(level: CompressionLevel) { compressor = Compressor(level: level == .fast ? .standard : level) }

    package struct Delta {
        package var frame: [UInt8]
        package var form: DeltaForm
    }

    /// The piece `id`, which begins at `start` of its file, as the difference to what `version` has around the matching place. Nil when that is
    /// not shorter than `limit`, or nothing of it may be relied upon.
    ///
    /// Without anchors the matching place is the same one, and nothing beside it is needed. Else the base is a stretch of the plaintext before and behind the matching place, not the piece that lies there: cuts move with every edit,
    /// and a base that begins after its piece does is half a base.
    package func delta(
        of plaintext: UnsafeRawBufferPointer, _ id: ChunkID, anchors: [Anchor]?, at start: UInt64,
        against version: KeptVersion, known: KnownContent, below limit: Int
    ) -> Delta? {
        let window = version.window(of: anchors, at: start, count: plaintext.count)
        var bases: [DeltaBase] = []
        var prefix: [UInt8] = []
        var depth: UInt8 = 0
        var needed: [ChunkID] = []
        var seen: Set<ChunkID> = []
        for ordinal in version.ordinals(in: window) where bases.count < DeltaBase.mostBases {
            let piece = version.pieces[ordinal]
            guard let form = known.base(piece.id), form.depth < DeltaForm.mostDepth,
                // A piece that comes back must not lean on one that leans on it.
                piece.id != id, !form.bases.contains(id),
                let bytes = version.plaintext(ordinal, isShared: anchors != nil, with: decompressor)
            else { continue }
            let from = Int(max(window.lowerBound, piece.start) - piece.start)
            let to = Int(min(window.upperBound, piece.end) - piece.start)
            bases.append(DeltaBase(type: .data, id: piece.id, offset: from, count: to - from))
            prefix += bytes[from..<to]
            depth = max(depth, form.depth + 1)
            for base in [piece.id] + form.bases where seen.insert(base).inserted { needed.append(base) }
        }
        guard !bases.isEmpty, needed.count <= Int(UInt16.max) else { return nil }
        guard
            let frame = BlobFrame.encode(
                plaintext, asDifferenceTo: bases, prefix: prefix, with: compressor, below: limit)
        else { return nil }
        return Delta(frame: frame, form: DeltaForm(depth: depth, bases: needed.sorted()))
    }
}
