import Identity
import Primitives
import RepositoryEngine
import Sealing

extension OpenedSnapshot {
    /// Hands the content of the file at `path` to `sink`, piece by piece, every one verified; the whole is compared with the file's
    /// digest at the end, which is returned. `path` is absolute. Throws `path-missing`, and `usage` for anything but a file.
    ///
    /// Whoever reads what is in a file takes it out of the backup, as by a restore.
    @discardableResult
    package func content(
        permit: consuming Permit<RestoreAction>, of path: [UInt8], _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Digest32 { try content(of: path, sink) }

    /// For what is compared, and not shown.
    package func content(
        verifying permit: borrowing Permit<VerifyAction>, of path: [UInt8],
        _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws { try content(of: path, sink) }

    @discardableResult
    func content(of path: [UInt8], _ sink: (UnsafeRawBufferPointer) throws -> Void) throws -> Digest32 {
        try content(of: try record(at: path), sink)
    }

    /// The same of a file whose record was read. Who reads many in their order passes what they keep between them.
    @discardableResult
    func content(
        of record: ListingRecord, keeping kept: KeptBundle? = nil, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Digest32 {
        let path = [0x2F] + record.path
        guard record.kind == .file else {
            throw Failure(
                .usage,
                "\(String(decoding: path, as: UTF8.self)) is not a file but a \(ListedEntry.Kind(record.kind).rawValue).",
                advice: "'safehold ls' shows what is in a directory; 'safehold restore' brings back anything.")
        }
        guard !record.flags.contains(.unreadable) else {
            throw Failure(
                .pathMissing,
                "\(String(decoding: path, as: UTF8.self)) could not be read when it was backed up; its content is not there.",
                advice: "'safehold find' shows other snapshots that may have it.")
        }
        var digest = SHA256Lane()
        var lister = listing()
        let slices = try lister.content(of: record)
        if record.flags.contains(.holes) {
            try writeSparse(record, slices) { piece in
                digest.update(piece)
                try sink(piece)
            }
        } else {
            try writeSlices(slices, keeping: kept, hashing: &digest, sink)
        }
        let value = digest.value()
        guard value == record.digest else {
            throw Failure.damaged(
                "The content of \(String(decoding: path, as: UTF8.self))",
                "does not have the digest that its entry states")
        }
        return value
    }

    /// The same of a file that is known to be small. Throws `object-damaged` for one of more than `limit` bytes.
    func content(of path: [UInt8], limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try content(of: path) { piece in
            guard bytes.count + piece.count <= limit else {
                throw Failure.damaged(
                    "The content of \(String(decoding: path, as: UTF8.self))", "has more than \(limit) bytes")
            }
            bytes += piece
        }
        return bytes
    }

    func record(at path: [UInt8]) throws -> ListingRecord {
        let wanted = ListingPath.of(path)
        var found: ListingRecord?
        var reader = listing()
        try reader.forEachRecord(below: root, where: { $0.mayHold(wanted) }) { record, _ in
            if record.path == wanted { found = record }
            return PathOrder.compare(record.path, wanted) < 0
        }
        guard let found else { throw pathMissing(wanted) }
        return found
    }

    /// `digest` goes on by all that is handed on.
    private func writeSlices(
        _ slices: [Slice], keeping kept: KeptBundle?, hashing digest: inout SHA256Lane,
        _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var reader = chunks()
        for slice in slices {
            func handOn(_ plaintext: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
                let piece = try Self.piece(slice, of: plaintext)
                try sink(piece)
                return piece
            }
            if slice.type == .data {
                // As a rule a slice of data is the whole chunk: one digest is made beside the other.
                let before = digest
                var partial: SHA256Lane?
                try reader.read(slice.id, beside: &digest) { plaintext in
                    let piece = try handOn(plaintext)
                    guard piece.count < plaintext.count else { return }
                    var lane = before
                    lane.update(piece)
                    partial = lane
                }
                if let partial { digest = partial }
            } else if let kept {
                try kept.withPlaintext(of: slice, &reader) { plaintext in digest.update(try handOn(plaintext)) }
            } else {
                try reader.read(slice.id, slice.type) { plaintext in digest.update(try handOn(plaintext)) }
            }
        }
    }

    private static func piece(_ slice: Slice, of plaintext: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        guard let piece = Bundle.slice(plaintext, slice.type, offset: Int(slice.offset), count: Int(slice.count)) else {
            throw Failure.damaged("Chunk \(slice.id.hex.prefix(16))", "is shorter than its slice")
        }
        return piece
    }

    /// Data goes into its extents, zeros between them and behind the last.
    private func writeSparse(
        _ record: ListingRecord, _ slices: [Slice], _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        var position: UInt64 = 0
        func fill(upTo end: UInt64) throws {
            while position < end {
                let count = min(end - position, UInt64(zeros.count))
                try zeros.withUnsafeBytes { try sink(UnsafeRawBufferPointer(rebasing: $0[..<Int(count)])) }
                position += count
            }
        }
        var extents = record.extents[...]
        func handOn(_ piece: UnsafeRawBufferPointer) throws {
            var rest = piece
            while !rest.isEmpty {
                guard let extent = extents.first else {
                    throw Failure.damaged("The entry of a file with holes", "has more content than extents")
                }
                if position < extent.offset { try fill(upTo: extent.offset) }
                let count = Int(min(UInt64(rest.count), extent.offset + extent.count - position))
                try sink(UnsafeRawBufferPointer(rebasing: rest[..<count]))
                position += UInt64(count)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                if position == extent.offset + extent.count { extents = extents.dropFirst() }
            }
        }
        var reader = chunks()
        for slice in slices { try reader.read(slice.id, slice.type) { try handOn(Self.piece(slice, of: $0)) } }
        try fill(upTo: record.size)
    }
}
