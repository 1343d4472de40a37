import Primitives

/// What a log says of itself: which it is, how many entries it has, and the hash over them (C2SP tlog-checkpoint v1.0.0).
package struct Checkpoint: Sendable, Equatable {
    package var origin: NoteName
    package var tree: TreeHead
    /// Lines of which nobody here knows the meaning. Our logs write none.
    package var extensions: [NoteName]

    package init(origin: NoteName, tree: TreeHead, extensions: [NoteName] = []) {
        (self.origin, self.tree, self.extensions) = (origin, tree, extensions)
    }

    /// The text of a note.
    package init(parsing text: [UInt8]) throws(EncodingError) {
        var rest = text[...]
        guard let origin = NoteText.takeLine(&rest).flatMap({ NoteName($0) }) else {
            throw EncodingError("names no log")
        }
        guard let size = NoteText.takeLine(&rest).flatMap({ NoteText.number($0) }) else {
            throw EncodingError("states no size")
        }
        guard let root = NoteText.takeLine(&rest).flatMap({ NoteText.digest(base64: $0) }) else {
            throw EncodingError("has no root hash")
        }
        var extensions: [NoteName] = []
        while !rest.isEmpty {
            guard let line = NoteText.takeLine(&rest).flatMap({ NoteName($0) }) else {
                throw EncodingError("has an empty line")
            }
            extensions.append(line)
        }
        self.init(origin: origin, tree: TreeHead(size: size, root: root), extensions: extensions)
    }

    package var text: [UInt8] {
        let lines = "\n\(tree.size)\n" + NoteText.base64(tree.root.bytes) + "\n"
        return extensions.reduce(origin.utf8 + Array(lines.utf8)) { $0 + $1.utf8 + [NoteText.newline] }
    }

    /// A note of it with the two signatures of a signer.
    package func signed(by signer: borrowing NoteSigner, time: UInt64) throws -> SignedNote {
        try SignedNote(text: text, signatures: signer.signatures(of: text, time: time))
    }
}
