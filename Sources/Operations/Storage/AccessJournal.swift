import Glibc
import Primitives
import Storage

/// What this host asked of its stores: a file that only grows, is its owner's alone, and is begun anew when it is large; the one before is
/// kept. Lines are gathered and written in blocks, so that no request waits for the disk.
package final class AccessJournal: Sendable {
    /// Of each of the two files.
    static let most: Int64 = 16 << 20
    private static let block = 64 << 10

    private let path: String
    private let pending = Monitor<[UInt8]>([])

    package init(_ host: HostState) { path = host.root + "/accesses" }

    package func add(_ access: StoreAccess) {
        let full = pending.withLock { pending in
            pending += Self.line(access)
            guard pending.count >= Self.block else { return [UInt8]() }
            defer { pending = [] }
            return pending
        }
        if !full.isEmpty { write(full) }
    }

    /// What could not be written is missing from the record, and what is in the store's log is reported then: no reason to end a backup.
    package func flush() {
        let rest = pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
        if !rest.isEmpty { write(rest) }
    }

    private func write(_ bytes: [UInt8]) {
        // A host without state has made no backup.
        let fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else { return }
        defer { close(fd) }
        _ = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
        var status = stat()
        if fstat(fd, &status) == 0, Int64(status.st_size) > Self.most { rename(path, path + ".old") }
    }

    /// Everything that is remembered, oldest first, as lines.
    func text() throws -> [UInt8] {
        flush()
        return try [path + ".old", path].reduce(into: []) { all, file in
            all += try LocalFile.read(file, limit: Int(Self.most) * 2) ?? []
        }
    }

    // MARK: Lines

    /// Fields between tabs; keys hold none.
    static func line(_ access: StoreAccess) -> [UInt8] {
        let fields = [
            String(access.time.nanoseconds), access.bucket, access.key, access.operation, String(access.status),
            access.request,
        ]
        return Array(fields.map { $0.filter { $0 != "\t" && $0 != "\n" } }.joined(separator: "\t").utf8) + [0x0A]
    }

    /// Lines that say nothing are left out: the last one may have been cut off.
    static func read(_ bytes: [UInt8]) -> [StoreAccess] {
        bytes.split(separator: 0x0A).compactMap { line in
            let fields = line.split(separator: 0x09, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count == 6, let time = Int64(fields[0]), let status = Int(fields[4]) else { return nil }
            return StoreAccess(
                time: Timestamp(nanoseconds: time), bucket: fields[1], key: fields[2], operation: fields[3],
                status: status, request: fields[5])
        }
    }
}
