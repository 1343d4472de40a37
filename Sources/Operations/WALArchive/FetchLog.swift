import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
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

    /// Returns false where the archive has no such file, which is certain then: whatever leaves a doubt is thrown. The target is written whole and
    /// durably, or not at all. `archive` is asked for only where the spool does not have it.
    package static func run(
        permit: consuming Permit<RestoreAction>, request: Request, spool: LogSpool?,
        archive: () throws -> LogArchive, observer: any OperationObserver
    ) throws -> Bool {
        if let spool, let spooled = spool.find(request.name), try take(spooled, request) { return true }
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
        let following = spool == nil ? [] : try following(request, in: archive)
        spool?.tidy(keeping: Set(following.map(\.name)))
        let delivery = try delivery(request.target)
        try archive.content(of: file.name) { try delivery.write($0) }
        try delivery.deliver(durably: true)
        if let spool { fill(spool, with: following, from: archive, observer) }
        return true
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
        let delivery = try delivery(request.target)
        var (hasher, begin) = (RunningSHA256(), [UInt8]())
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { room.deallocate() }
        while true {
            let count = read(fd, room.baseAddress, room.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return false }
            if count == 0 { break }
            let piece = UnsafeRawBufferPointer(rebasing: room[..<count])
            if begin.isEmpty { begin = Array(piece.prefix(SegmentHeader.size)) }
            hasher.update(piece)
            try delivery.write(piece)
        }
        let isFitting =
            SegmentHeader(begin).map { request.system == nil || $0.systemIdentifier == request.system } ?? true
        guard hasher.value() == spooled.digest, isFitting else {
            unlink(spooled.path)
            return false
        }
        try delivery.deliver(durably: true)
        unlink(spooled.path)
        return true
    }

    /// Segments of the same timeline behind the one that is asked for, as far as they are there.
    private static func following(_ request: Request, in archive: LogArchive) throws -> [ArchivedFile] {
        guard case .segment(var segment) = request.name, let size = archive.segmentSize else { return [] }
        var files: [ArchivedFile] = []
        while files.count < request.prefetch, let next = segment.next(size),
            let file = try? archive.file(.segment(next))
        {
            files.append(file)
            segment = next
        }
        return files
    }

    /// Nobody has asked for these yet: what does not succeed is tried again when somebody does.
    private static func fill(
        _ spool: LogSpool, with files: [ArchivedFile], from archive: LogArchive, _ observer: any OperationObserver
    ) {
        let trouble = Monitor<Failure?>(nil)
        try? Concurrently.forEach(files.filter { !spool.has($0) }, threads: archive.threads) { file in
            guard !observer.isCancelled, trouble.withLock({ $0 == nil }) else { return }
            do {
                let path = spool.path(file.name, file.digest)
                let delivery = try FileDelivery(path, by: "\(path).\(getpid()).new")
                try archive.content(of: file.name) { try delivery.write($0) }
                try delivery.deliver(durably: false)
            } catch let failure as Failure {
                trouble.withLock { $0 = failure }
            }
        }
        if let failure = trouble.withLock({ $0 }) {
            observer.warning("Segments behind it could not be fetched yet. \(failure.message)")
        }
    }
}
