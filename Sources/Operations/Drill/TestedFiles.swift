import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Compares what a test restored with what the snapshot says of it, and with what was backed up, as far as that is still as it was.
struct TestedFiles {
    struct Findings: Sendable, Equatable {
        /// Files whose mode, time, size and, for a superuser, owner were compared.
        var compared: UInt64 = 0
        /// Absolute paths, a hundred at most; `mismatchCount` has all.
        var mismatches: [String] = []
        var mismatchCount: UInt64 = 0
        /// Files that their source still has with the same size and time, and whose content was compared.
        var sourceCompared: UInt64 = 0
        var sourceMismatches: [String] = []
        var sourceMismatchCount: UInt64 = 0
        var sourceChanged: UInt64 = 0
        var sourceGone: UInt64 = 0
        var bytes: UInt64 = 0
    }

    let target: String
    /// Whether the snapshot is of this host.
    let hasSource: Bool
    let isCancelled: () -> Bool

    private static let named = 100

    func compare(_ snapshot: OpenedSnapshot, files: [[UInt8]]?) throws -> Findings {
        let wanted = files.map(Set.init)
        var findings = Findings()
        var listing = snapshot.listing()
        try listing.forEachRecord(below: snapshot.root) { record, _ in
            guard record.kind == .file, !record.flags.contains(.unreadable), !record.flags.contains(.ancestor),
                wanted?.contains(record.path) ?? true
            else { return true }
            if isCancelled() { throw Failure.interrupted }
            look(at: record, &findings)
            return true
        }
        return findings
    }

    private func look(at record: ListingRecord, _ findings: inout Findings) {
        findings.compared += 1
        findings.bytes += record.size
        if !isRestored(record) {
            findings.mismatchCount += 1
            if findings.mismatches.count < Self.named { findings.mismatches.append(Self.text(record.path)) }
        }
        guard hasSource else { return }
        let path = [0x2F] + record.path
        guard let status = Self.status(path), status.mode & S_IFMT == S_IFREG else {
            findings.sourceGone += 1
            return
        }
        guard status.size == record.size, Self.hasTime(status, record),
            record.ctime == .zero || Self.hasChange(status, record)
        else {
            findings.sourceChanged += 1
            return
        }
        findings.sourceCompared += 1
        guard let digest = Self.digest(path) else {
            findings.sourceCompared -= 1
            findings.sourceGone += 1
            return
        }
        if digest != record.digest {
            findings.sourceMismatchCount += 1
            if findings.sourceMismatches.count < Self.named { findings.sourceMismatches.append(Self.text(record.path)) }
        }
    }

    private func isRestored(_ record: ListingRecord) -> Bool {
        guard let status = Self.status(Array(target.utf8) + [0x2F] + record.path) else { return false }
        let hasOwner = geteuid() != 0 || (status.uid == record.uid && status.gid == record.gid)
        return status.mode & S_IFMT == S_IFREG && status.size == record.size
            && status.mode & 0o7777 == record.mode & 0o7777
            && Self.hasTime(status, record) && hasOwner
    }

    private static func hasTime(_ status: sh_stat, _ record: ListingRecord) -> Bool {
        status.mtime_s == record.mtime.seconds && status.mtime_ns == record.mtime.nanoseconds
    }

    private static func hasChange(_ status: sh_stat, _ record: ListingRecord) -> Bool {
        status.ctime_s == record.ctime.seconds && status.ctime_ns == record.ctime.nanoseconds
    }

    private static func status(_ path: [UInt8]) -> sh_stat? {
        var status = sh_stat()
        return path.withPath { sh_statx(AT_FDCWD, $0, &status) } == 0 ? status : nil
    }

    private static func digest(_ path: [UInt8]) -> Digest32? {
        let descriptor = path.withPath { sh_open_read(AT_FDCWD, $0) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var hasher = RunningSHA256()
        return LocalFile.forEachPiece(of: descriptor) { hasher.update($0) } == 0 ? hasher.value() : nil
    }

    private static func text(_ path: [UInt8]) -> String { "/" + String(decoding: path, as: UTF8.self) }
}
