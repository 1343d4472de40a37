import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Compares one file after the other with what a snapshot has, and writes what differs. One thread's own.
struct DeltaWorker: ~Copyable {
    private var chunks: ChunkReader
    private var lister: ListingReader
    private let existing = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)

    init(_ engine: SnapshotReader) {
        chunks = engine.chunkReader()
        lister = ListingReader(chunks: engine.chunkReader())
    }

    deinit { existing.deallocate() }

    /// Bytes that were written; nil where the file was as it should be. Its time is what the record says when this returns.
    mutating func amend(_ descriptor: Int32, _ record: ListingRecord) throws -> UInt64? {
        var status = sh_stat()
        let looked = sh_fstat(descriptor, &status)
        guard looked == 0 else { throw SystemError(looked, "looking at it") }
        var written: UInt64?
        let isSame = try status.size == record.size && (record.size == 0 || digest(descriptor) == record.digest)
        if !isSame {
            written = try rewrite(descriptor, record)
            let sized = sh_ftruncate(descriptor, Int64(clamping: record.size))
            guard sized == 0 else { throw SystemError(sized, "cutting it") }
        }
        // Then the restore that follows sees that there is nothing left to do.
        _ = sh_futimes(descriptor, record.mtime.seconds, record.mtime.nanoseconds)
        return written
    }

    private func digest(_ descriptor: Int32) throws -> Digest32 {
        var (hasher, offset) = (RunningSHA256(), 0)
        while true {
            let count = try Self.read(descriptor, at: offset, existing[...])
            if count == 0 { return hasher.value() }
            hasher.update(UnsafeRawBufferPointer(rebasing: existing[..<count]))
            offset += count
        }
    }

    private mutating func rewrite(_ descriptor: Int32, _ record: ListingRecord) throws -> UInt64 {
        let slices = try lister.content(of: record)
        var extents = ExtentCursor(record)
        var (written, position): (UInt64, UInt64) = (0, 0)
        let existing = existing
        for slice in slices {
            try chunks.read(slice.id, slice.type) { plaintext in
                guard
                    var rest = Bundle.slice(plaintext, slice.type, offset: Int(slice.offset), count: Int(slice.count))
                else { throw Failure.damaged("Chunk \(slice.id.hex.prefix(16))", "is shorter than its slice") }
                while !rest.isEmpty {
                    guard let span = extents.next(atMost: UInt32(rest.count)) else {
                        throw Failure.damaged("The entry of a file", "has more content than its size says")
                    }
                    written += try Self.clear(position..<span.offset, descriptor, existing)
                    let part = UnsafeRawBufferPointer(rebasing: rest[..<Int(span.count)])
                    written += try Self.put(part, at: Int(span.offset), descriptor, existing)
                    position = span.offset + UInt64(span.count)
                    rest = UnsafeRawBufferPointer(rebasing: rest[Int(span.count)...])
                }
            }
        }
        guard extents.isAtEnd else {
            throw Failure.damaged("The entry of a file", "has less content than its size says")
        }
        return written + (try Self.clear(position..<max(position, record.size), descriptor, existing))
    }

    /// A hole reads as zeros: what stands there is made so.
    private static func clear(_ range: Range<UInt64>, _ descriptor: Int32, _ existing: UnsafeMutableRawBufferPointer)
        throws -> UInt64
    {
        guard !range.isEmpty else { return 0 }
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        var written: UInt64 = 0
        for start in stride(from: range.lowerBound, to: range.upperBound, by: zeros.count) {
            let count = Int(min(UInt64(zeros.count), range.upperBound - start))
            written += try zeros.withUnsafeBytes {
                try put(UnsafeRawBufferPointer(rebasing: $0[..<count]), at: Int(start), descriptor, existing)
            }
        }
        return written
    }

    /// Writes those blocks of `bytes` that are not there already; returns how many bytes that was.
    private static func put(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, _ descriptor: Int32, _ existing: UnsafeMutableRawBufferPointer
    ) throws -> UInt64 {
        var (done, written) = (0, 0)
        while done < bytes.count {
            let count = min(bytes.count - done, existing.count)
            let wanted = UnsafeRawBufferPointer(rebasing: bytes[done..<done + count])
            var filled = 0
            while filled < count {
                let more = try read(descriptor, at: offset + done + filled, existing[filled..<count])
                if more == 0 { break }
                filled += more
            }
            written += try write(
                wanted, over: UnsafeRawBufferPointer(rebasing: existing[..<filled]), at: offset + done, descriptor)
            done += count
        }
        return UInt64(written)
    }

    /// Neighbouring blocks that differ are written at once.
    private static func write(
        _ wanted: UnsafeRawBufferPointer, over there: UnsafeRawBufferPointer, at offset: Int, _ descriptor: Int32
    ) throws -> Int {
        var (start, position, written): (Int?, Int, Int) = (nil, 0, 0)
        func flush(_ end: Int) throws {
            guard let from = start else { return }
            let result = sh_pwrite_all(
                descriptor, wanted.baseAddress.map { $0 + from }, end - from, Int64(offset + from))
            guard result == 0 else { throw SystemError(Int32(result), "writing it") }
            written += end - from
            start = nil
        }
        while position < wanted.count {
            let end = min(wanted.count, position + DeltaRestore.block - (offset + position) % DeltaRestore.block)
            let isSame = end <= there.count && isEqual(wanted, there, position..<end)
            if isSame { try flush(position) } else { start = start ?? position }
            position = end
        }
        try flush(wanted.count)
        return written
    }

    private static func isEqual(_ x: UnsafeRawBufferPointer, _ y: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        guard let x = x.baseAddress, let y = y.baseAddress else { return range.isEmpty }
        return memcmp(x + range.lowerBound, y + range.lowerBound, range.count) == 0
    }

    private static func read(_ descriptor: Int32, at offset: Int, _ room: Room) throws -> Int {
        while true {
            let count = pread(descriptor, UnsafeMutableRawBufferPointer(rebasing: room).baseAddress, room.count, offset)
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemError(errno, "reading it") }
        }
    }

    /// `Slice` names a part of a chunk here.
    private typealias Room = Swift.Slice<UnsafeMutableRawBufferPointer>
}
