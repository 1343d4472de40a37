import CLinux
import Capture
import Glibc
import Primitives
import Sealing
import WriteAheadLog

/// A file of a server's log on this host, whose beginning was looked into. It is read once, when it is stored.
struct LogFile: Sendable {
    let path: String
    /// By which people know it.
    let called: String
    let name: LogFileName
    let size: UInt64
    /// When the server wrote it last.
    private let written: Timestamp
    private let begin: [UInt8]
    /// Of all its content, once it was read.
    private let digest = Monitor<Digest32?>(nil)
    /// Of a segment, whole or partial.
    let header: SegmentHeader?

    /// What keeps it open, where it has no place of its own.
    private let holder: ReceivedFile?

    /// Throws `wal-foreign` for a file that is not what its name says.
    init(_ path: String, _ name: LogFileName) throws { try self.init(path, name, called: path, holder: nil) }

    /// One that came over a connection.
    init(_ arrived: ReceivedFile) throws {
        try self.init(arrived.path, arrived.name, called: arrived.name.description, holder: arrived)
    }

    private init(_ path: String, _ name: LogFileName, called: String, holder: ReceivedFile?) throws {
        // At the other end of a pipe nobody is waited for.
        let fd = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw Self.unreadable(called, errno) }
            throw Failure(
                .sourceMissing, "There is no \(path) to archive.",
                advice: "The path that the server gives as %p is relative to its data directory: run the command there."
            )
        }
        defer { close(fd) }
        var status = stat()
        guard fstat(fd, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Self.unreadable(called, EINVAL)
        }
        (self.path, self.name, self.called, self.holder) = (path, name, called, holder)
        size = UInt64(max(0, status.st_size))
        // A file system may have times that no timestamp has: the last one, or the first.
        written = Timestamp(nanoseconds: 0).later(
            by: .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec))
        var begin = [UInt8](repeating: 0, count: Int(min(size, UInt64(Self.shownText))))
        let count = begin.withUnsafeMutableBytes { pread(fd, $0.baseAddress, $0.count, 0) }
        guard count == begin.count else { throw Self.unreadable(called, count < 0 ? errno : EIO) }
        self.begin = begin
        header = try Self.examine(name, called, begin, size)
    }

    /// What the archive is to say of it; for one that was read.
    var archived: ArchivedFile? {
        digest.withLock { $0 }.map { ArchivedFile(name: name, digest: $0, written: written) }
    }

    /// Whether its content has that digest, as far as it can be read.
    func has(_ wanted: Digest32) throws -> Bool {
        let fd = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else { throw Self.unreadable(called, errno) }
        defer { close(fd) }
        var hasher = RunningSHA256()
        let result = LocalFile.forEachPiece(of: fd) { hasher.update($0) }
        guard result == 0 else { throw Self.unreadable(called, -result) }
        return hasher.value() == wanted
    }

    private static let shownText = 64 << 10

    private static func examine(_ name: LogFileName, _ path: String, _ begin: [UInt8], _ size: UInt64) throws
        -> SegmentHeader?
    {
        switch name {
        case .segment(let segment), .partial(let segment):
            guard let header = SegmentHeader(begin) else {
                throw foreign(path, "its first page is none of a server's log")
            }
            guard size == header.segmentSize.bytes else {
                throw foreign(
                    path, "it has \(size) bytes, and segments of its cluster have \(header.segmentSize.bytes)")
            }
            guard header.address == segment.start(header.segmentSize) else {
                throw foreign(path, "it is the segment at \(header.address), which has another name")
            }
            // The first segment of a new timeline begins with what the old one had there.
            guard header.timeline <= segment.timeline else {
                throw foreign(path, "it was written on timeline \(header.timeline)")
            }
            return header
        case .history(let timeline):
            guard size <= shownText, let text = String(validating: begin, as: UTF8.self),
                TimelineHistory(timeline: timeline, text: text) != nil
            else { throw foreign(path, "it is no history of a timeline") }
        case .backup:
            guard begin.starts(with: "START WAL LOCATION".utf8) else { throw foreign(path, "it tells of no backup") }
        }
        return nil
    }

    static func foreign(_ path: String, _ why: String) -> Failure {
        Failure(
            .walForeign, "\(path) does not belong into this archive: \(why).",
            advice:
                "Look at archive_command and at where the file came from. Nothing was stored, and the server keeps it.")
    }

    private static func unreadable(_ path: String, _ number: Int32) -> Failure {
        Failure(
            .sourceUnreadable, "\(path) cannot be read: \(String(cString: strerror(number))).",
            advice: "The command has to run as the user who owns the server's files.")
    }
}

extension LogFile: StreamSource {
    var isPaged: Bool { true }

    func open() throws(StreamFailure) -> any StreamReading {
        let fd = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard fd >= 0 else { throw Self.broken(called, String(cString: strerror(errno))) }
        return Reading(fd: fd, file: self)
    }

    private static func broken(_ path: String, _ why: String) -> StreamFailure {
        StreamFailure(.failed, "\(path): \(why).", advice: "The server repeats the command by itself.")
    }

    private struct Reading: StreamReading {
        let fd: Int32
        let file: LogFile
        private var total: UInt64 = 0
        private var isOpen = true

        init(fd: Int32, file: LogFile) { (self.fd, self.file) = (fd, file) }

        mutating func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure)
            -> Int?
        {
            let count = Glibc.read(fd, room.baseAddress, room.count)
            if count < 0 {
                if errno == EINTR { return nil }
                throw broken(file.called, String(cString: strerror(errno)))
            }
            // It was opened anew, and is to be what was looked into.
            if total < UInt64(file.begin.count) {
                let seen = file.begin[Int(total)...].prefix(count)
                guard room[..<count].prefix(seen.count).elementsEqual(seen) else { throw Self.changed(file) }
            }
            total += UInt64(count)
            return count
        }

        mutating func finish() throws(StreamFailure) -> [String] {
            guard total == file.size else { throw Self.changed(file) }
            abandon()
            return []
        }

        mutating func took(_ size: UInt64, _ digest: Digest32) { file.digest.update { $0 = digest } }

        mutating func abandon() {
            if isOpen { close(fd) }
            isOpen = false
        }

        private static func changed(_ file: LogFile) -> StreamFailure {
            broken(file.called, "it changed while it was read")
        }
    }
}
