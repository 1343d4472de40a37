import CLinux
import Crypto
import Glibc
import Primitives

/// The body of a request, which can be sent as often as need be.
enum Content: Sendable {
    case bytes([UInt8], digest: [UInt8])
    case spool(Spool, digest: [UInt8])

    static let nothing = Content.of([])

    static func of(_ bytes: [UInt8]) -> Content { .bytes(bytes, digest: Array(SHA256.hash(data: bytes))) }

    var count: Int {
        switch self {
        case .bytes(let bytes, _): bytes.count
        case .spool(let spool, _): spool.count
        }
    }

    /// SHA-256.
    var digest: [UInt8] {
        switch self {
        case .bytes(_, let digest), .spool(_, let digest): digest
        }
    }

    /// MD5, which servers name single uploads by. Computed only where a server keeps no better checksum.
    func md5() throws -> String { Hex.encode(try md5Bytes()) }

    func md5Bytes() throws -> [UInt8] {
        var hash = Insecure.MD5()
        try forEachPiece { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }

    /// In order, in pieces of at most so many bytes.
    func forEachPiece(of size: Int = Spool.pieceBytes, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch self {
        case .bytes(let bytes, _):
            try bytes.withUnsafeBytes { all in
                for start in stride(from: 0, to: all.count, by: size) {
                    try body(UnsafeRawBufferPointer(rebasing: all[start..<min(all.count, start + size)]))
                }
            }
        case .spool(let spool, _): try spool.forEachPiece(of: size, body)
        }
    }
}

/// A file without a name, in which a staged object waits until its length and hash are known. What is in it is sealed already.
final class Spool: Sendable {
    static let pieceBytes = 256 << 10
    private let descriptor: Int32
    private let place: String
    private let written = Monitor(0)

    var count: Int { written.withLock { $0 } }

    /// In the first of `places` that takes it.
    init(in places: [String]) throws {
        var last: Int32 = ENOENT
        for place in places {
            var template = Array((place + "/safehold-spool.XXXXXX").utf8CString)
            let descriptor = mkstemp(&template)
            guard descriptor >= 0 else {
                last = errno
                continue
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            unlink(template)
            (self.descriptor, self.place) = (descriptor, place)
            return
        }
        throw Self.failure(last, places.joined(separator: " or "))
    }

    deinit { close(descriptor) }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        let offset = count
        let result = sh_pwrite_all(descriptor, bytes.baseAddress, bytes.count, Int64(offset))
        guard result == 0 else { throw Self.failure(Int32(-result), place) }
        written.withLock { $0 = offset + bytes.count }
    }

    func forEachPiece(of size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        defer { buffer.deallocate() }
        var offset = 0
        while offset < count {
            let got = pread(descriptor, buffer.baseAddress, min(buffer.count, count - offset), off_t(offset))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw Self.failure(got < 0 ? errno : EIO, place) }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            offset += got
        }
    }

    private static func failure(_ number: Int32, _ place: String) -> Failure {
        Failure(
            number == ENOSPC || number == EDQUOT ? .storageFull : .storageFailed,
            "What is to be uploaded could not be kept in \(place): \(String(cString: strerror(number))).",
            advice: "Make room there, or set TMPDIR to a directory with some hundred MiB; then run the command again.")
    }
}
