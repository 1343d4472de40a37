import Primitives
import RepositoryEngine
import Sealing

/// Pieces of large files, which may be stored as differences to the version before.
extension ChunkWorker {
    /// Stores a piece unless it is there, and returns what has to be named with it.
    mutating func storeIfNew(
        _ plaintext: UnsafeRawBufferPointer, _ id: ChunkID, of content: LargeContent, at place: LargeContent.Place
    ) throws -> [ChunkID] {
        guard let versions = content.versions else {
            if try storeIfNew(plaintext, .data, id) != nil { content.noteNew() }
            return try bases(of: id)
        }
        let known = try session.memory.content()
        guard try !known.claim(id) else {
            versions.note(stored: 0, of: plaintext.count)
            if let writer = versions.writer {
                writer.add(
                    place.number, id, count: plaintext.count, frame: frameToKeep(plaintext),
                    anchors: content.isPaged ? [] : Anchor.all(in: plaintext))
            }
            return try bases(of: id)
        }
        content.noteNew()
        if let previous = versions.previous,
            let delta = encoder.delta(
                of: plaintext, id, anchors: content.isPaged ? nil : Anchor.all(in: plaintext), at: place.start,
                against: previous, known: known,
                below: previous.storedCount(ofWhole: plaintext.count) / 2)
        {
            let pack = try delta.frame.withUnsafeBytes {
                try session.packs.append($0, type: .data, id: id, plaintextCount: plaintext.count)
            }
            try known.set(id, pack: pack, form: delta.form)
            pipeline.counters.newBytes.add(plaintext.count)
            versions.note(stored: delta.frame.count, of: plaintext.count)
            return delta.form.bases
        }
        let frame = try storeClaimed(plaintext, .data, id).frame
        versions.note(stored: frame.count, of: plaintext.count)
        if let writer = versions.writer {
            writer.add(
                place.number, id, count: plaintext.count, frame: frame,
                anchors: content.isPaged ? [] : Anchor.all(in: plaintext))
        }
        return []
    }

    /// What a chunk leans on that somebody has stored, or is storing at this moment.
    private func bases(of id: ChunkID) throws -> [ChunkID] {
        let known = try session.memory.content()
        let form =
            session.versions == nil ? known.form(of: id) : known.settledForm(of: id) { pipeline.isBroken }
        return if case .delta(let form) = form { form.bases } else { [] }
    }
}
