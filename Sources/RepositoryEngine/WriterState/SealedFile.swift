import CLinux
import Crypto
import Glibc
import Primitives
import Sealing

/// A file of this host's state: records sealed with a key of the host, so that a copy of the state's disk alone tells nothing.
/// `"SHSTATE1" || 16-byte salt`, then records `u32 length || AES-256-GCM`; the nonce counts them. A torn end is an end.
package enum SealedFile {
    private static let magic = Array("SHSTATE1".utf8)
    static let headerCount = 24
    /// The largest record that a reader takes.
    static let maximumRecord = 64 << 20

    static func key(_ cacheKey: borrowing SecretBytes, salt: [UInt8]) -> AEADKey {
        AEADKey(
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: cacheKey.symmetricKey(), salt: salt, info: Array("safehold v1 host state".utf8),
                outputByteCount: 32))
    }

    /// Where a record lies, for whoever does not read them in order.
    package struct Place: Sendable {
        package var number: UInt64
        package var offset: UInt64
        package var count: UInt32

        package init(number: UInt64, offset: UInt64, count: UInt32) {
            (self.number, self.offset, self.count) = (number, offset, count)
        }
    }

    package final class Writer {
        private let fd: Int32
        package let path: String
        private let key: AEADKey
        private var next: UInt64 = 0
        private var pending: [UInt8] = []
        private var flushed = 0

        /// Creates `path`, which must not exist.
        package init(path: String, cacheKey: borrowing SecretBytes) throws {
            self.path = path
            fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard fd >= 0 else { throw stateFailure(errno, "create", path) }
            let salt = SealedObjectID.random().bytes
            key = SealedFile.key(cacheKey, salt: salt)
            pending = magic + salt
        }

        deinit { close(fd) }

        @discardableResult
        package func append(_ plaintext: [UInt8]) throws -> Place {
            let sealed = try key.seal(plaintext, nonce: SealNonce(domain: 0, number: next), authenticating: [])
            let place = Place(number: next, offset: size + 4, count: UInt32(sealed.count))
            next += 1
            withUnsafeBytes(of: UInt32(sealed.count).littleEndian) { pending.append(contentsOf: $0) }
            pending.append(contentsOf: sealed)
            if pending.count >= 1 << 20 { try flush() }
            return place
        }

        /// Bytes so far.
        package var size: UInt64 { UInt64(flushed + pending.count) }

        /// Ends the file with a record that a reader may take first; the file's last 8 bytes say where it lies.
        package func finish(tail plaintext: [UInt8], durably: Bool = true) throws {
            let sealed = try key.seal(plaintext, nonce: SealNonce(domain: 1, number: 0), authenticating: [])
            let offset = UInt64(flushed + pending.count)
            // A length of zero ends the records before it.
            pending.append(contentsOf: [0, 0, 0, 0])
            pending.append(contentsOf: sealed)
            withUnsafeBytes(of: offset.littleEndian) { pending.append(contentsOf: $0) }
            if durably { try sync() } else { try flush() }
        }

        package func flush() throws {
            let written = pending.withUnsafeBytes { sh_write_all(fd, $0.baseAddress, $0.count) }
            guard written == 0 else { throw stateFailure(-written, "write", path) }
            flushed += pending.count
            pending.removeAll(keepingCapacity: true)
        }

        package func sync() throws {
            try flush()
            guard fdatasync(fd) == 0 else { throw stateFailure(errno, "sync", path) }
        }
    }

    package final class Reader {
        private let fd: Int32
        private let key: AEADKey
        private var number: UInt64 = 0

        /// Nil when there is no such file, or it is not one of these.
        package init?(path: String, cacheKey: borrowing SecretBytes) {
            fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            var header = [UInt8](repeating: 0, count: headerCount)
            guard fd >= 0, read(fd, &header, headerCount) == headerCount, header.starts(with: magic) else {
                if fd >= 0 { close(fd) }
                return nil
            }
            key = SealedFile.key(cacheKey, salt: Array(header[8...]))
        }

        deinit { close(fd) }

        /// Bytes of the whole file: no count in it can be of more than that.
        package var size: Int {
            var status = stat()
            return fstat(fd, &status) == 0 ? Int(status.st_size) : 0
        }

        /// The next record's plaintext; nil at the end, and where the file is torn or was altered.
        package func next() -> [UInt8]? {
            var length = UInt32(0)
            guard withUnsafeMutableBytes(of: &length, { fill($0) }) else { return nil }
            let count = Int(UInt32(littleEndian: length))
            guard count >= 16, count <= min(maximumRecord, size) else { return nil }
            var sealed = [UInt8](repeating: 0, count: count)
            guard sealed.withUnsafeMutableBytes({ fill($0) }) else { return nil }
            defer { number += 1 }
            return try? key.open(sealed, nonce: SealNonce(domain: 0, number: number), authenticating: [])
        }

        /// The record that `finish` wrote.
        package func tail() -> [UInt8]? {
            var status = stat()
            var offset = UInt64(0)
            guard fstat(fd, &status) == 0, status.st_size >= off_t(headerCount + 12 + 16),
                withUnsafeMutableBytes(of: &offset, { pread(fd, $0.baseAddress, 8, status.st_size - 8) }) == 8
            else { return nil }
            let start = UInt64(littleEndian: offset) &+ 4
            let end = UInt64(status.st_size) - 8
            guard start <= end, end - start <= UInt64(maximumRecord) else { return nil }
            var sealed = [UInt8](repeating: 0, count: Int(end - start))
            guard pread(fd, &sealed, sealed.count, off_t(start)) == sealed.count else { return nil }
            return try? key.open(sealed, nonce: SealNonce(domain: 1, number: 0), authenticating: [])
        }

        /// The record at `place`; nil where it is not whole. Any thread may ask.
        package func record(at place: Place) -> [UInt8]? {
            guard place.count >= 16, place.count <= UInt32(maximumRecord), place.offset <= UInt64(size) else {
                return nil
            }
            var sealed = [UInt8](repeating: 0, count: Int(place.count))
            guard pread(fd, &sealed, sealed.count, off_t(place.offset)) == sealed.count else { return nil }
            return try? key.open(sealed, nonce: SealNonce(domain: 0, number: place.number), authenticating: [])
        }

        private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
            var done = 0
            while done < buffer.count {
                let count = read(fd, buffer.baseAddress.map { $0 + done }, buffer.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
