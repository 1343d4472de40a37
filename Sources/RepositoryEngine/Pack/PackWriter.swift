import CLinux
import Primitives
import Sealing
import Storage

/// A finished pack: its name, and where each chunk lies in it.
package struct FinishedPack: Sendable {
    package var name: Digest32
    package var kind: PackClass
    package var size: UInt64
    package var entries: [Footer.Entry]

    package init(name: Digest32, kind: PackClass, size: UInt64, entries: [Footer.Entry]) {
        (self.name, self.kind, self.size, self.entries) = (name, kind, size, entries)
    }
}

/// Builds one pack. One thread at a time.
package final class PackWriter {
    package let kind: PackClass
    private let keys: ObjectKeys
    private let headerBytes: [UInt8]
    private let staged: any StagedObject
    private var footer = Footer()
    private var origins: [SealedObjectID: UInt16] = [:]
    private var hasher = RunningSHA256()
    private(set) package var count: Int

    package init(kind: PackClass, session: SealingSession, store: any ObjectStore) throws {
        let (header, keys) = session.newObject(kind)
        self.kind = kind
        self.keys = keys
        headerBytes = header.encoded()
        staged = try store.stage()
        count = 0
        try headerBytes.withUnsafeBytes { try write($0) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        hasher.update(bytes)
        try staged.append(bytes)
        count += bytes.count
    }

    /// Seals `frame` as the next blob.
    package func append(_ frame: UnsafeRawBufferPointer, type: ChunkType, id: ChunkID, plaintextCount: Int) throws {
        let offset = count
        try withUnsafeTemporaryAllocation(byteCount: BlobFrame.associatedDataCount, alignment: 8) { aad in
            BlobFrame.associatedData(object: keys.object, offset: UInt64(offset), type: type, id: id, into: aad)
            return try keys.key(for: type).seal(
                frame, nonce: SealNonce(domain: NonceDomain.blob, number: UInt64(offset)),
                authenticating: UnsafeRawBufferPointer(aad)
            ) { try write($0) }
        }
        let sealed = count - offset
        footer.entries.append(
            Footer.Entry(
                id: id, type: type, offset: UInt32(offset), storedCount: UInt32(sealed),
                plaintextCount: UInt32(plaintextCount), isDelta: BlobFrame.isDelta(frame)))
    }

    /// Takes a sealed blob over as it is: it keeps the seal of `origin`, the object that it was sealed in at `offset`. No key is needed.
    package func append(
        moved sealed: UnsafeRawBufferPointer, _ entry: Footer.Entry, from origin: SealHeader, at offset: UInt64
    ) throws {
        let ordinal = origins[origin.object] ?? UInt16(footer.origins.count + 1)
        if origins.updateValue(ordinal, forKey: origin.object) == nil { footer.origins.append(origin) }
        var moved = entry
        (moved.offset, moved.origin, moved.originOffset) = (UInt32(count), ordinal, offset)
        try write(sealed)
        footer.entries.append(moved)
    }

    /// Objects that its blobs were sealed in, other than this one.
    package var originCount: Int { footer.origins.count }

    /// Writes padding and both tails, and gives the pack its name.
    package func finish(in store: any ObjectStore) throws -> FinishedPack {
        let bodyEnd = count
        let tail = try self.tail(bodyEnd: bodyEnd)
        let total = PackTrailer.paddedCount(bodyEnd + 2 * tail.count)
        try RandomPadding.write(total - bodyEnd - 2 * tail.count) { try write($0) }
        try tail.withUnsafeBytes { bytes in
            try write(bytes)
            try write(bytes)
        }
        let name = hasher.value()
        _ = try staged.finish(as: Names.pack(name, kind), .immediate)
        return FinishedPack(name: name, kind: kind, size: UInt64(count), entries: footer.entries)
    }

    private func tail(bodyEnd: Int) throws -> [UInt8] {
        guard let key = keys.structure else { preconditionFailure("a writer has both keys") }
        let sealedFooter = try key.seal(
            footer.encoded(), nonce: SealNonce(domain: NonceDomain.footer, number: 0),
            authenticating: associatedData("SHFOOT01", keys.object))
        let described = sealedFooter + headerBytes
        let needed = described.count + PackTrailer.count
        let count = (needed + PackTrailer.alignment - 1) / PackTrailer.alignment * PackTrailer.alignment
        let trailer = PackTrailer(
            tailCount: UInt32(count), headerCount: UInt32(headerBytes.count), footerCount: UInt32(sealedFooter.count),
            bodyEnd: UInt64(bodyEnd),
            digest: SHA256Digest.of(described))
        return [UInt8](repeating: 0, count: count - needed) + described + trailer.encoded()
    }

    package func abandon() { staged.abandon() }
}

/// Bytes that say nothing, to fill an object up to a size that says little.
package enum RandomPadding {
    package static func write(_ count: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        var left = count
        while left > 0 {
            // As much as one call gives, instead of one call for each word.
            let piece = min(left, 64 << 10)
            try withUnsafeTemporaryAllocation(byteCount: piece, alignment: 8) { room in
                sh_random(room.baseAddress, room.count)
                try sink(UnsafeRawBufferPointer(room))
            }
            left -= piece
        }
    }
}
