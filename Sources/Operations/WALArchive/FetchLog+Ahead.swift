import CLinux
import Glibc
import Identity
import Primitives
import WriteAheadLog

/// Fetching what a server will ask for next.
extension FetchLog {
    /// Whether the spool has less than half of what is to be ahead of the file that was just delivered, and nobody fetches.
    package static func isRunningLow(_ request: Request, _ spool: LogSpool) -> Bool {
        var status = stat()
        guard request.prefetch > 0, case .segment(var segment) = request.name, stat(request.target, &status) == 0,
            let size = SegmentSize(UInt64(max(0, status.st_size)))
        else { return false }
        let there = spool.segments()
        var count = 0
        for _ in 0..<request.prefetch {
            guard let next = segment.next(size), there.contains(.segment(next)) else { break }
            count += 1
            segment = next
        }
        return count * 2 < request.prefetch && !spool.isTaken
    }

    /// Fills the spool with the segments behind the one that is named, as far as they are there; nothing where another process does that.
    /// Nobody has asked for these yet: what does not succeed is tried again when somebody does.
    package static func ahead(
        permit: consuming Permit<LogAction>, request: Request, spool: LogSpool, archive: () throws -> LogArchive,
        observer: any OperationObserver
    ) throws {
        guard let turn = spool.turn() else { return }
        // It is held until all is there, and not only until it is used last.
        defer { withExtendedLifetime(turn) {} }
        let archive = try archive().of(system: request.system)
        let following = following(request, in: archive)
        spool.tidy(keeping: Set(following.map(\.name)))
        let files = spool.lacking(following)
        turn.announce(files.map(\.name))
        let trouble = Monitor<Failure?>(nil)
        try Concurrently.forEach(files, threads: archive.threads) { file in
            guard !observer.isCancelled, trouble.withLock({ $0 == nil }) else { return }
            do {
                let path = "\(spool.folder)/\(file.name)"
                let delivery = try FileDelivery(path, by: "\(path).\(getpid()).new")
                var checksum = CRC32C()
                try archive.content(of: file.name) {
                    checksum.update($0)
                    try delivery.write($0)
                }
                try delivery.deliver(durably: false, as: spool.path(file, checksum.value))
            } catch let failure as Failure {
                trouble.withLock { $0 = failure }
            }
        }
        if let failure = trouble.withLock({ $0 }) {
            observer.warning("Segments behind it could not be fetched yet. \(failure.message)")
        }
    }

    /// Segments of the same timeline behind the one that is asked for, as far as they are there.
    private static func following(_ request: Request, in archive: LogArchive) -> [ArchivedFile] {
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
}

extension LogSpool {
    private var turnPath: String { folder + "/ahead" }

    /// The right to fill the spool, which one process has at a time; it ends with the object, or with the process.
    final class Turn {
        private let fd: Int32

        fileprivate init(fd: Int32) { self.fd = fd }

        deinit {
            _ = ftruncate(fd, 0)
            close(fd)
        }

        /// Lets others know what will be there soon.
        func announce(_ names: [LogFileName]) {
            let text = Array(names.map { "\($0)\n" }.joined().utf8)
            _ = ftruncate(fd, 0)
            _ = sh_pwrite_all(fd, text, text.count, 0)
        }
    }

    /// Nil where another process has it.
    func turn() -> Turn? {
        let fd = open(turnPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else { return nil }
        // Whoever only looks whether it is taken has it for a moment, too.
        var isOurs = false
        for attempt in 0..<5 where !isOurs {
            if attempt > 0 { usleep(2000) }
            isOurs = flock(fd, LOCK_EX | LOCK_NB) == 0
        }
        guard isOurs else {
            close(fd)
            return nil
        }
        _ = ftruncate(fd, 0)
        return Turn(fd: fd)
    }

    var isTaken: Bool {
        let fd = open(turnPath, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        return flock(fd, LOCK_SH | LOCK_NB) != 0
    }

    /// Whether a process that is still there has said that it fetches the file.
    func isAwaited(_ name: LogFileName) -> Bool {
        guard isTaken, let text = try? LocalFile.read(turnPath, limit: 1 << 20) else { return false }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").contains { $0 == name.description }
    }

    /// What is there.
    func segments() -> Set<LogFileName> { Set(names().compactMap { Self.parts($0)?.name }) }
}
