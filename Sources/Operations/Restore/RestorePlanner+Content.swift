import Primitives
import RepositoryEngine
import Sealing

/// Where the content of files comes from, and where in them it goes.
extension RestorePlanner {
    /// Where the content of a small file stands already; a file that has to be fetched is remembered for those to come.
    func copySource(of slice: Slice, _ record: ListingRecord, _ name: [UInt8]) -> CopySource? {
        guard slice.type == .bundle, let crew else { return nil }
        if chunkOrdinals[slice.id] == nil, let path = restored.path(of: slice, before: crew.finished) {
            return CopySource(path: path, slice: slice, digest: record.digest)
        }
        let directory = stack[stack.depth - 1].path
        restored.remember(slice, at: directory.isEmpty ? name : directory + [0x2F] + name, window: crew.submitted)
        return nil
    }

    /// Ordinal of a chunk in the window; nil when it is nowhere.
    func place(_ slice: Slice) -> Int? {
        if let ordinal = chunkOrdinals[slice.id] { return ordinal }
        guard let location = try? locator.location(of: slice.id) else { return nil }
        window.chunks.append(PlacedChunk(id: slice.id, type: slice.type, place: location))
        chunkOrdinals[slice.id] = window.chunks.count - 1
        return window.chunks.count - 1
    }

    func planPieces(of record: ListingRecord, _ entry: EntryTask, _ name: [UInt8]) throws {
        guard let shared = entry.shared else { return }
        append(entry, name)
        var extents = ExtentCursor(record)
        var isWhole = true
        do {
            try contents.forEachSlice(of: record) { slice in
                guard isWhole else { return }
                isWhole = try add(slice, of: record, entry, name, &extents)
            }
            if isWhole, !extents.isAtEnd { shared.fail(.damaged, "its content is shorter than its record says") }
        } catch let failure as Failure where failure.code.class == .integrity {
            shared.fail(.damaged, failure.message)
        }
        // The planner's own hold: whoever finds it to be the last one finishes the file.
        window.plain.append(window.entries.count - 1)
    }

    /// False when the file cannot become whole.
    private func add(
        _ slice: Slice, of record: ListingRecord, _ entry: EntryTask, _ name: [UInt8], _ extents: inout ExtentCursor
    ) throws -> Bool {
        if window.pieces.count >= piecesPerWindow || window.chunks.count >= entriesPerWindow {
            try flush()
            var entry = entry
            entry.directory = try ordinalOfDirectory()
            append(entry, name)
        }
        guard let shared = entry.shared, let chunk = place(slice) else {
            entry.shared?.fail(.damaged, "the chunk \(slice.id.hex.prefix(16)) is in no pack that the index knows")
            return false
        }
        var offset = slice.offset
        var left = slice.count
        while left > 0 {
            guard let span = extents.next(atMost: left) else {
                shared.fail(.damaged, "its content is longer than its record says")
                return false
            }
            window.pieces.append(
                Piece(
                    entry: window.entries.count - 1, chunk: chunk, chunkOffset: offset, count: span.count,
                    fileOffset: span.offset))
            shared.state.withLock { $0.outstanding += 1 }
            offset += span.count
            left -= span.count
        }
        return true
    }
}
