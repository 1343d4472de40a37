import CLinux
import Glibc
import Identity
import Primitives
import RepositoryEngine
import WriteAheadLog

/// Brings a file of a log back, as a server's restore_command asks.
package enum FetchLog {
    package struct Request: Sendable {
        package var component: String
        package var name: LogFileName
        /// Where the server wants it: absolute.
        package var target: String
        /// Of the cluster; nil where nobody knows.
        package var system: UInt64?
        /// Of the server that asks, as far as it is one.
        package var dataDirectory: String?
        /// So many segments behind it are fetched into the spool.
        package var prefetch: Int

        /// Throws `usage` for a name that is none of the server's.
        package init(component: String, name text: String, target: String, system: UInt64?, prefetch: Int) throws {
            guard let name = LogFileName(text) else {
                throw Failure(
                    .usage, "'\(text)' is not the name of a file that a server archives.",
                    advice: "Give the name that the server has in %f: restore_command = 'safehold wal get … %f %p'.")
            }
            (self.component, self.name, self.target) = (component, name, target)
            (self.system, self.prefetch) = (system, prefetch)
        }
    }

    /// Returns false where the archive has no such file, which is certain then: whatever leaves a doubt is thrown. The target is written whole or
    /// not at all; a server that lost it to a power cut asks again. `archive` is asked for only where the spool does not have it.
    package static func run(
        permit: consuming Permit<LogAction>, request: Request, spool: LogSpool?,
        archive: () throws -> LogArchive, observer: any OperationObserver
    ) throws -> Bool {
        if let spool, try takeAwaited(request, spool) { return true }
        let archive = try archive().of(system: request.system)
        guard let file = try archive.file(request.name) else {
            if let doubt = archive.doubts.first {
                throw Failure(
                    doubt.code,
                    "\(request.name) was not found, but not all that may have it can be read. \(doubt.message)",
                    advice: doubt.advice)
            }
            return false
        }
        let delivery = try delivery(request.target)
        try archive.content(of: file.name) { try delivery.write($0) }
        try tablespaces(request)?.check(request.name, at: delivery.temporary)
        try delivery.deliver(durably: false)
        return true
    }

    /// From the spool, which another process may be about to fill with it.
    private static func takeAwaited(_ request: Request, _ spool: LogSpool) throws -> Bool {
        while true {
            // In this order: what was fetched before the turn ended is found after it.
            let isAwaited = spool.isAwaited(request.name)
            if let spooled = spool.find(request.name), try take(spooled, request) { return true }
            guard isAwaited else { return false }
            usleep(2000)
        }
    }

    private static func tablespaces(_ request: Request) -> TablespaceGuard? {
        request.dataDirectory.flatMap { TablespaceGuard(dataDirectory: $0) }
    }

    private static func delivery(_ target: String) throws -> FileDelivery {
        let slash = target.lastIndex(of: "/").map { target.index(after: $0) } ?? target.startIndex
        return try FileDelivery(target, by: "\(target[..<slash]).safehold-\(target[slash...])")
    }

    /// What does not have the content any more that it had is fetched anew.
    private static func take(_ spooled: LogSpool.Spooled, _ request: Request) throws -> Bool {
        let fd = open(spooled.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        var begin: [UInt8] = []
        var checksum = CRC32C()
        let result = LocalFile.forEachPiece(of: fd) { piece in
            if begin.isEmpty { begin = Array(piece.prefix(SegmentHeader.size)) }
            checksum.update(piece)
        }
        let isFitting =
            SegmentHeader(begin).map { request.system == nil || $0.systemIdentifier == request.system } ?? true
        guard result == 0, checksum.value == spooled.checksum, isFitting else {
            unlink(spooled.path)
            return false
        }
        // By the open file: another server's turn, such as one whose trial was killed, may take or remove what has that name.
        try tablespaces(request)?.check(request.name, at: "/proc/self/fd/\(fd)")
        if rename(spooled.path, request.target) == 0 { return true }
        // The target is on another file system.
        let delivery = try delivery(request.target)
        guard lseek(fd, 0, SEEK_SET) == 0, try LocalFile.forEachPiece(of: fd, delivery.write) == 0 else { return false }
        try delivery.deliver(durably: false)
        unlink(spooled.path)
        return true
    }
}
