import Foundation
import Glibc
import Primitives
import Testing

@testable import Journal

@Suite("The log")
struct JournalTests {
    static let time = Timestamp(description: "2026-11-25T20:47:32Z") ?? Timestamp(nanoseconds: 0)
    let entry = JournalEntry(
        .warning, "The store is \"slow\".\nIt took 9 s.", at: time, [.run: "7", .component: "database"])

    @Test("as text and as JSON an entry is one line")
    func lines() {
        #expect(
            JournalLine.text(entry)
                == "2026-11-25T20:47:32Z warning The store is \"slow\"./It took 9 s. [component=database run=7]\n")
        #expect(
            JournalLine.json(entry)
                == #"{"schema":1,"type":"log","time":"2026-11-25T20:47:32Z","level":"warning","message":"The store is \"slow\".\nIt took 9 s.","component":"database","run":"7"}"#
                + "\n")
    }

    /// A socket as journald's, and what came there.
    private func received(_ entries: [JournalEntry]) throws -> [[UInt8]] {
        let path = "/tmp/safehold-journal-\(UUID().uuidString.prefix(8))"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(descriptor)
            unlink(path)
        }
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let sink = JournaldSink(socket: path, fallback: LineSink.text(to: -1))
        return entries.map { entry in
            sink.write(entry)
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return Array(buffer.prefix(max(0, count)))
        }
    }

    @Test("journald gets a datagram with fields, and those of several lines with their length")
    func journald() throws {
        var long = entry
        long.message = String(repeating: "é", count: 100_000)
        let received = try received([entry, JournalEntry(.error, "One line.", at: Self.time), long])
        let message = Array(entry.message.utf8)
        let length = [UInt8(message.count)] + [UInt8](repeating: 0, count: 7)
        #expect(
            received[0] == Array("MESSAGE\n".utf8) + length + message
                + Array("\nPRIORITY=4\nSYSLOG_IDENTIFIER=safehold\nSAFEHOLD_COMPONENT=database\nSAFEHOLD_RUN=7\n".utf8))
        #expect(received[1] == Array("MESSAGE=One line.\nPRIORITY=3\nSYSLOG_IDENTIFIER=safehold\n".utf8))
        let cut = String(validating: received[2], as: UTF8.self)
        #expect(cut?.contains("é (cut)\nPRIORITY=4\n") == true, "a long one is cut between characters")
    }

    @Test("what journald does not take is written as a line")
    func fallback() throws {
        let pipe = Pipe()
        let sink = JournaldSink(
            socket: "/tmp/no-such-socket", fallback: LineSink.text(to: pipe.fileHandleForWriting.fileDescriptor))
        sink.write(JournalEntry(.info, "Still there.", at: Self.time))
        try pipe.fileHandleForWriting.close()
        let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(said == "2026-11-25T20:47:32Z info Still there.\n")
    }

    @Test("journald is chosen only where standard error goes there")
    func choice() throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        var status = stat()
        try #require(fstat(descriptor, &status) == 0)
        #expect(JournalFormat.isJournal("\(status.st_dev):\(status.st_ino)", descriptor))
        #expect(!JournalFormat.isJournal("\(status.st_dev):\(status.st_ino + 1)", descriptor))
        #expect(!JournalFormat.isJournal(nil, descriptor))
        #expect(!JournalFormat.isJournal("nonsense", descriptor))
    }

    @Test("what is less than wanted is not written, and an error says its code and what to do")
    func levels() throws {
        let pipe = Pipe()
        let journal = Journal(
            LineSink.text(to: pipe.fileHandleForWriting.fileDescriptor), least: .warning,
            clock: WallClock { Self.time })
        journal.note(.info, "Not this.")
        journal.note(.error, Failure(.storageFull, "It is full.", advice: "Make room."))
        try pipe.fileHandleForWriting.close()
        let said = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(said == "2026-11-25T20:47:32Z error It is full. Make room. [code=storage-full]\n")
    }
}
