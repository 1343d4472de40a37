import Primitives

/// What a log asks a witness (C2SP tlog-witness v1.0.0, add-checkpoint): to cosign a checkpoint, and why it may.
package struct AddCheckpoint: Sendable, Equatable {
    /// Of the checkpoint that the witness cosigned last, as far as the log knows.
    package var oldSize: UInt64
    package var proof: [Digest32]
    package var checkpoint: SignedNote

    package init(oldSize: UInt64, proof: [Digest32], checkpoint: SignedNote) {
        (self.oldSize, self.proof, self.checkpoint) = (oldSize, proof, checkpoint)
    }

    /// The body of a request.
    package init(parsing bytes: [UInt8]) throws(EncodingError) {
        guard bytes.count <= SignedNote.largest * 2 else { throw EncodingError("is too large for a request") }
        var rest = bytes[...]
        guard let line = NoteText.takeLine(&rest), let text = NoteText.rest(of: line, after: "old"),
            let number = NoteText.number(text)
        else { throw EncodingError("states no old size") }
        oldSize = number
        proof = try NoteText.takeHashes(&rest)
        checkpoint = try SignedNote(parsing: Array(rest))
    }

    package var bytes: [UInt8] { Array("old \(oldSize)\n\(NoteText.lines(proof))\n".utf8) + checkpoint.bytes }

    package struct Response: Sendable, Equatable {
        /// Of HTTP.
        package var status: Int
        package var contentType = "text/plain; charset=utf-8"
        package var body: [UInt8] = []

        package init(status: Int, contentType: String = "text/plain; charset=utf-8", body: [UInt8] = []) {
            (self.status, self.contentType, self.body) = (status, contentType, body)
        }

        static func conflict(_ size: UInt64) -> Response {
            Response(status: 409, contentType: "text/x.tlog.size", body: Array("\(size)\n".utf8))
        }
    }

    /// What an answer means to the log that asked.
    package enum Outcome: Sendable, Equatable {
        /// The witness's signatures, each of which holds.
        case cosigned([SignedNote.Signature])
        /// The size to begin with.
        case askAgain(from: UInt64)
        /// The status of HTTP.
        case refused(Int)
    }

    /// Reads an answer. Lines by keys that are not among `keys` are left out; one by a known key that does not hold makes the answer none.
    package func outcome(_ response: Response, witness keys: [VerifierKey]) throws -> Outcome {
        switch response.status {
        case 200:
            guard response.body.count <= SignedNote.largest else { throw EncodingError("is too large for an answer") }
            let answer = try SignedNote(text: checkpoint.text, signatures: SignedNote.signatures(response.body))
            _ = try answer.verified(by: keys)
            return .cosigned(answer.signatures.filter { signature in keys.contains { $0.isNamed(by: signature) } })
        case 409:
            var rest = response.body[...]
            guard let line = NoteText.takeLine(&rest), rest.isEmpty, let size = NoteText.number(line) else {
                throw EncodingError("states no size")
            }
            return .askAgain(from: size)
        default:
            return .refused(response.status)
        }
    }
}
