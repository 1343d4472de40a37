import CLinux
import Glibc
import Primitives

/// A new file that takes lines, as many as there are, without all of them being in memory.
final class LineFile {
    private static let most = 256 << 10
    private let path: String
    private let descriptor: Int32
    private var pending: [UInt8] = []

    init(_ path: String) throws {
        self.path = path
        descriptor = sh_create_exclusive(AT_FDCWD, path, 0o600)
        guard descriptor >= 0 else { throw LocalFile.unusable(-descriptor, "create", path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func add(_ line: some Sequence<UInt8>) throws {
        pending += line
        pending.append(0x0A)
        if pending.count >= Self.most { try send() }
    }

    private func send() throws {
        let written = pending.withUnsafeBytes { sh_write_all(descriptor, $0.baseAddress, $0.count) }
        guard written == 0 else { throw LocalFile.unusable(-written, "write", path) }
        pending.removeAll(keepingCapacity: true)
    }

    /// On return the lines survive a crash.
    func finish() throws {
        try send()
        let synced = sh_fsync(descriptor)
        guard synced == 0 else { throw LocalFile.unusable(-synced, "sync", path) }
        let folder = LocalFile.syncDirectory(of: path)
        guard folder == 0 else { throw LocalFile.unusable(-folder, "sync the directory of", path) }
    }
}
