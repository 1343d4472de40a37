import Primitives
import Sealing

/// A stretch of an audit log's entries, sealed to those who open backups (docs/format.md, section 11). What an entry says is nothing to this room.
package enum SealedEntries {
    private static let label = "SHAUDIT1"
    private static let nonce = SealNonce(domain: NonceDomain.auditEntries, number: 0)
    /// Of the entries of one object, each with its length.
    package static let mostBytes = 8 << 20
    /// Of the object itself.
    package static let largest = mostBytes + (1 << 20)

    /// `bundle`: the entries as tiles have them. It opens in this place of this log only.
    package static func seal(
        _ bundle: [UInt8], of log: String, first: UInt64, count: UInt64, by session: SealingSession
    ) throws -> [UInt8] {
        precondition(bundle.count <= mostBytes)
        let (header, keys) = session.newObject(.auditEntries)
        guard let key = keys.data else { preconditionFailure("a writer has both keys") }
        let compressor = Compressor(level: .standard)
        var frame = [UInt8](repeating: 0, count: BlobFrame.bound(bundle.count))
        let length = frame.withUnsafeMutableBytes { output in
            bundle.withUnsafeBytes { BlobFrame.encode($0, with: compressor, into: output) }
        }
        let sealed = try key.seal(
            Array(frame.prefix(length)), nonce: nonce, authenticating: context(header.object, log, first, count))
        return header.encoded() + sealed
    }

    /// Throws `object-damaged`, or `key-denied` where the key at hand does not open content.
    package static func open(
        _ bytes: [UInt8], of log: String, first: UInt64, count: UInt64, opener: SealOpener,
        named name: some CustomStringConvertible
    ) throws -> [UInt8] {
        do {
            let (header, sealed) = try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
                let header = try SealHeader(decoding: &reader)
                return (header, Array(try reader.take(reader.remaining)))
            }
            guard header.kind == .auditEntries else { throw EncodingError("has a seal header of something else") }
            guard let key = try opener.keys(for: header, needing: .data).data else {
                throw EncodingError("cannot be opened")
            }
            let frame = try key.open(
                sealed, nonce: nonce, authenticating: context(header.object, log, first, count))
            return try BlobFrame.decode(frame, with: Decompressor())
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }

    private static func context(_ object: SealedObjectID, _ log: String, _ first: UInt64, _ count: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.raw(associatedData(label, object))
        writer.u64(first)
        writer.u64(count)
        writer.raw(log.utf8)
        return writer.bytes
    }
}
