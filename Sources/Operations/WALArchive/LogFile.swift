import CLinux
import Capture
import Glibc
import Primitives
import Sealing
import WriteAheadLog

/// A file of a server's log on this host, read once and looked into.
struct LogFile: Sendable {
    let path: String
    /// By which people know it.
    let called: String
    let name: LogFileName
    let size: UInt64
    let archived: ArchivedFile
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
        var (hasher, begin, total) = (RunningSHA256(), [UInt8](), UInt64(0))
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { room.deallocate() }
        while true {
            let count = read(fd, room.baseAddress, room.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.unreadable(called, errno) }
            if count == 0 { break }
            let piece = UnsafeRawBufferPointer(rebasing: room[..<count])
            hasher.update(piece)
            if begin.count < Self.shownText { begin += piece.prefix(Self.shownText - begin.count) }
            total += UInt64(count)
        }
        (self.path, self.name, self.called, self.holder) = (path, name, called, holder)
        size = total
        // A file system may have times that no timestamp has: the last one, or the first.
        let written = Timestamp(nanoseconds: 0).later(
            by: .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec))
        archived = ArchivedFile(name: name, digest: hasher.value(), written: written)
        header = try Self.examine(name, called, begin, total)
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
        var hasher = RunningSHA256()
        var isOpen = true

        init(fd: Int32, file: LogFile) { (self.fd, self.file) = (fd, file) }

        mutating func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure)
            -> Int?
        {
            let count = Glibc.read(fd, room.baseAddress, room.count)
            if count < 0 {
                if errno == EINTR { return nil }
                throw broken(file.called, String(cString: strerror(errno)))
            }
            hasher.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
            return count
        }

        mutating func finish() throws(StreamFailure) -> [String] {
            guard hasher.value() == file.archived.digest else {
                throw broken(file.called, "it changed while it was read")
            }
            abandon()
            return []
        }

        mutating func abandon() {
            if isOpen { close(fd) }
            isOpen = false
        }
    }
}
