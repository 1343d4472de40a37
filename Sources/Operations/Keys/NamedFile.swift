import CLinux
import Glibc
import Primitives

/// Small files that a person names: key files, passphrase files, shares.
package enum NamedFile {
    package static let limit = 1 << 20

    /// The whole file; `code` is for what it was wanted as.
    package static func read(_ path: String, _ code: Failure.Code = .keyUnreadable) throws -> [UInt8] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw unreadable(path, errno, code) }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        defer { buffer.withUnsafeMutableBytes { sh_wipe($0.baseAddress, $0.count) } }
        while true {
            let count = Glibc.read(fd, &buffer, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno, code)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw Failure(
                    code, "\(path) is larger than a mebibyte.", advice: "Check that this is the file you mean.")
            }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Makes a file that must not exist yet, with `mode`, and waits until it is on the medium.
    package static func create(_ path: String, _ text: String, mode: UInt32) throws {
        let fd = sh_create_exclusive(AT_FDCWD, path, mode)
        guard fd >= 0 else {
            let advice =
                fd == -EEXIST ? "Nothing is overwritten: choose another name." : "Check the directory and its mode."
            throw Failure(.targetUnusable, "Cannot create \(path): \(String(cString: strerror(-fd))).", advice: advice)
        }
        defer { close(fd) }
        let bytes = Array(text.utf8)
        let written = sh_write_all(fd, bytes, bytes.count)
        guard written == 0 else {
            throw Failure(
                .targetUnusable, "Cannot write \(path): \(String(cString: strerror(-written))).",
                advice: "Check the free space there.")
        }
        let synced = sh_fsync(fd)
        let settled = synced == 0 ? LocalFile.syncDirectory(of: path) : synced
        guard settled == 0 else {
            throw Failure(
                .targetUnusable, "Cannot sync \(path): \(String(cString: strerror(-settled))).",
                advice: "Check the disk.")
        }
    }

    private static func unreadable(_ path: String, _ number: Int32, _ code: Failure.Code) -> Failure {
        Failure(
            code, "Cannot read \(path): \(String(cString: strerror(number))).",
            advice: "Check the path and who may read the file.")
    }
}
