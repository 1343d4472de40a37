import CLinux
import Glibc
import Primitives

/// What a file holds that nobody else may know. It is read each time that it is needed, so that it can be changed, and wiped afterwards.
enum SecretFile {
    private static let limit = 4096

    /// The first line of the file at `path`; a line break behind it is not part of the secret.
    static func withSecret<R>(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw MessageFailure(unreadable(path, errno), isHopeless: true) }
        defer { close(file) }
        try check(file, path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit + 1, alignment: 16)
        defer {
            sh_wipe(buffer.baseAddress, buffer.count)
            buffer.deallocate()
        }
        let count = read(file, buffer.baseAddress, limit)
        guard count >= 0 else { throw MessageFailure(unreadable(path, errno), isHopeless: true) }
        let length = buffer.prefix(count).firstIndex { $0 == 0x0A || $0 == 0x0D || $0 == 0 } ?? count
        guard length > 0 else { throw MessageFailure("\(path) is empty, and should hold a secret.", isHopeless: true) }
        buffer[length] = 0
        return try body(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
    }

    private static func unreadable(_ path: String, _ number: Int32) -> String {
        "\(path) cannot be read: \(String(cString: strerror(number)))."
    }

    private static func check(_ file: Int32, _ path: String) throws {
        var status = sh_stat()
        guard sh_fstat(file, &status) == 0, status.mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            throw MessageFailure("\(path) is no file.", isHopeless: true)
        }
        guard status.mode & 0o007 == 0 else {
            throw MessageFailure(
                "\(path) holds a secret and everybody may read or change it: 'chmod o= \(path)', and change the secret.",
                isHopeless: true)
        }
    }
}
