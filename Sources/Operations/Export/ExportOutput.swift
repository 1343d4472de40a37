import CLinux
import Glibc
import Primitives

/// Where the bytes of an archive go: into a file that gets its name at the end or to standard output, as they are or through a tool that
/// encrypts them.
final class ExportOutput: @unchecked Sendable {
    // SAFETY: one thread writes, and what ends it is called when that thread has ended.
    private let file: ExportFile?
    private let tool: EncryptionTool?
    private let name: String
    private var written: UInt64 = 0
    private var descriptor: Int32 { file?.descriptor ?? STDOUT_FILENO }

    /// `target` nil: standard output.
    init(_ target: String?, _ options: ExportOptions) throws {
        file = try target.map { try ExportFile($0, overwrites: options.overwrites) }
        name = target ?? "standard output"
        tool = try EncryptionTool(options.encryption, to: file?.descriptor ?? STDOUT_FILENO)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        if let tool { return try tool.write(bytes) }
        let done = sh_write_all(descriptor, bytes.baseAddress, bytes.count)
        guard done == 0 else { throw ExportFile.failure(-done, "writing", name) }
        written += UInt64(bytes.count)
    }

    /// Returns how long the archive is; of one that was encrypted to standard output that is not known, and 0.
    func finish() throws -> UInt64 {
        try tool?.finish()
        return try file?.finish() ?? written
    }

    func abandon() {
        tool?.abandon()
        file?.abandon()
    }
}
