import Glibc
import Primitives

/// Where entries go. Threads may share it.
package protocol JournalSink: Sendable {
    func write(_ entry: JournalEntry)
}

/// Lines to an open file, each in one call, so that lines of several threads do not mix.
package struct LineSink: JournalSink {
    private let descriptor: Int32
    private let line: @Sendable (JournalEntry) -> String

    package static func text(to descriptor: Int32) -> LineSink { LineSink(descriptor, JournalLine.text) }
    package static func json(to descriptor: Int32) -> LineSink { LineSink(descriptor, JournalLine.json) }

    private init(_ descriptor: Int32, _ line: @escaping @Sendable (JournalEntry) -> String) {
        (self.descriptor, self.line) = (descriptor, line)
    }

    package func write(_ entry: JournalEntry) {
        var bytes = Array(line(entry).utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Nobody reads the log: there is nowhere to say so.
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// Datagrams to systemd-journald. What it does not take goes to `fallback`: nothing is lost silently.
package final class JournaldSink: JournalSink {
    package static let usualSocket = "/run/systemd/journal/socket"

    private let descriptor: Int32
    private let path: String
    private let identifier: String
    private let fallback: any JournalSink

    package init(
        socket path: String = JournaldSink.usualSocket, identifier: String = "safehold", fallback: any JournalSink
    ) {
        (self.path, self.identifier, self.fallback) = (path, identifier, fallback)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func write(_ entry: JournalEntry) {
        if !send(JournaldDatagram.of(entry, identifier: identifier)) { fallback.write(entry) }
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard descriptor >= 0, name.count < MemoryLayout.size(ofValue: place.sun_path) else { return false }
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + 1)
        return withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                while true {
                    let sent = sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
                    if sent < 0, errno == EINTR { continue }
                    return sent == bytes.count
                }
            }
        }
    }
}

/// How the log is written.
package enum JournalFormat: String, Sendable, CaseIterable {
    case text, json, journald
    /// journald where standard error goes there, text elsewhere.
    case automatic

    /// `stream` is JOURNAL_STREAM of the environment: device and inode of what systemd gave us as standard error.
    package func sink(stream: String?, descriptor: Int32 = 2) -> any JournalSink {
        let text = LineSink.text(to: descriptor)
        switch self {
        case .text: return text
        case .json: return LineSink.json(to: descriptor)
        case .journald: return JournaldSink(fallback: text)
        case .automatic: return Self.isJournal(stream, descriptor) ? JournaldSink(fallback: text) : text
        }
    }

    static func isJournal(_ stream: String?, _ descriptor: Int32) -> Bool {
        let parts = (stream ?? "").split(separator: ":").map { UInt64($0) }
        var status = stat()
        guard parts.count == 2, fstat(descriptor, &status) == 0 else { return false }
        return parts[0] == UInt64(status.st_dev) && parts[1] == UInt64(status.st_ino)
    }
}

/// The log.
package struct Journal: Sendable {
    private let sink: any JournalSink
    private let clock: WallClock
    /// What is less than this is not written.
    private let least: JournalEntry.Level

    package init(_ sink: any JournalSink, least: JournalEntry.Level = .info, clock: WallClock = .system) {
        (self.sink, self.least, self.clock) = (sink, least, clock)
    }

    package func note(_ level: JournalEntry.Level, _ message: String, _ fields: [JournalEntry.Field: String] = [:]) {
        guard level >= least else { return }
        sink.write(JournalEntry(level, message, at: clock.now(), fields))
    }

    package func note(_ level: JournalEntry.Level, _ failure: Failure, _ fields: [JournalEntry.Field: String] = [:]) {
        guard level >= least else { return }
        sink.write(JournalEntry(level, failure, at: clock.now(), fields))
    }
}
