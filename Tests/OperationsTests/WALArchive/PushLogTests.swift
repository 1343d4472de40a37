import Glibc
import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing
import WriteAheadLog

@testable import Identity

/// Archiving a server's log (COMP-4): nothing is called archived that is not, and nothing gets in that does not belong there.
@Suite("A file of a server's log") struct PushLogTests {
    private func code(_ body: () throws -> Void) -> Failure.Code? {
        do {
            try body()
            return nil
        } catch let failure as Failure {
            return failure.code
        } catch {
            return .internalError
        }
    }

    @Test("is stored once, whatever the server repeats, and refused with other content") func once() throws {
        let log = try LogTrip()
        #expect(try log.push(3).stored == [log.name(3)])
        let count = try SnapshotCatalog(repository: log.trip.repository).committed.count
        #expect(try log.push(3).stored == [])
        #expect(try SnapshotCatalog(repository: log.trip.repository).committed.count == count)
        try log.write(log.name(3), LogTrip.segment(3, noise: 9))
        #expect(code { try log.push(log.name(3)) } == .walConflict)
        #expect(try SnapshotCatalog(repository: log.trip.repository).committed.count == count)
    }

    @Test("is stored whatever time it has, and not waited for where it is a pipe") func oddFiles() throws {
        let log = try LogTrip()
        // Not every file system has such times: one in memory has.
        let path = "/dev/shm/safehold-\(getpid())-\(log.name(3))"
        try LocalFile.write(LogTrip.segment(3), to: path)
        defer { unlink(path) }
        let time = timespec(tv_sec: .max / 2, tv_nsec: 5)
        try #require(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
        symlink(path, "\(log.log)/\(log.name(3))")
        #expect(try log.push(log.name(3)).stored == [log.name(3)])
        #expect(try log.archive().file(try #require(LogFileName(log.name(3))))?.written == Timestamp(nanoseconds: .max))
        try #require(mkfifo("\(log.log)/\(log.name(4))", 0o600) == 0)
        #expect(code { try log.push(log.name(4)) } == .sourceUnreadable)
    }

    @Test("is refused when it is another cluster's, of another size, or another segment") func foreign() throws {
        let log = try LogTrip()
        try log.push(3)
        for bytes in [
            LogTrip.segment(4, system: 5), Array(LogTrip.segment(4).dropLast()), LogTrip.segment(4) + [0],
            LogTrip.segment(5), LogTrip.segment(4, timeline: 2), [UInt8](repeating: 0, count: 1 << 20), [],
        ] {
            try log.write(log.name(4), bytes)
            #expect(code { try log.push(log.name(4)) } == .walForeign)
        }
        try log.write("00000002.history", Array("nothing".utf8))
        #expect(code { try log.push("00000002.history") } == .walForeign)
        try log.write("notes.txt", [1])
        #expect(code { try log.push("notes.txt") } == .usage)
        #expect(code { try log.push(log.name(9)) } == .sourceMissing)
        // What the data directory says counts even for the first one.
        let control = withUnsafeBytes(of: UInt64(77).littleEndian) { Array($0) } + [0x14, 0x05, 0, 0]
        try LocalFile.write(control, to: log.data + "/global/pg_control")
        #expect(code { try log.push(4) } == .walForeign)
    }

    @Test("takes along what else is ready, which is known then") func ahead() throws {
        let log = try LogTrip()
        for number in 3...7 {
            try log.write(log.name(UInt64(number)), LogTrip.segment(UInt64(number)))
            try log.write("archive_status/\(log.name(UInt64(number))).ready", [])
        }
        // This one is not what it says, and is refused when its own turn comes.
        try log.write(log.name(5), LogTrip.segment(5, system: 1))
        #expect(try log.push(log.name(3), ahead: 2).stored == [3, 4, 6].map { log.name($0) })
        #expect(try SnapshotCatalog(repository: log.trip.repository).committed.count == 1)
        #expect(try log.push(log.name(4), ahead: 9).stored == [])
        #expect(code { try log.push(log.name(5), ahead: 9) } == .walForeign)
        #expect(try log.push(log.name(7), ahead: 9).stored == [log.name(7)])
    }

    @Test("takes along the oldest of what is ready, however much that is") func farBehind() throws {
        let log = try LogTrip()
        for number in 3...6 { try log.write(log.name(UInt64(number)), LogTrip.segment(UInt64(number))) }
        // In another order than their own; of most of them there is no file.
        for number in (3...400).reversed() {
            try log.write("archive_status/\(log.name(UInt64(number))).ready", [])
            try log.write("archive_status/\(log.name(UInt64(number + 1000))).done", [])
        }
        try log.write("archive_status/00000002.history.ready", [])
        try log.write("00000002.history", Array("1\t0/300000\tno recovery target specified\n".utf8))
        try log.write("archive_status/notes.ready", [])
        let stored = try log.push(log.name(3), ahead: 3).stored
        #expect(stored == [log.name(3), log.name(4), log.name(5), log.name(6)])
        #expect(try log.push(log.name(6), ahead: 3).stored == [])
        #expect(try log.push("00000002.history", ahead: 3).stored == ["00000002.history"])
    }

    @Test("comes back as it was, of every kind") func kinds() throws {
        let log = try LogTrip()
        try log.push(3)
        let texts = [
            "00000002.history": "1\t0/300000\tno recovery target specified\n",
            log.name(3) + ".00000028.backup": "START WAL LOCATION: 0/300028 (file \(log.name(3)))\n",
        ]
        for (name, text) in texts {
            try log.write(name, Array(text.utf8))
            try log.push(name)
        }
        try log.write(log.name(4) + ".partial", LogTrip.segment(4))
        try log.push(log.name(4) + ".partial")
        let target = log.trip.folder.path + "/target"
        for name in texts.keys + [log.name(3), log.name(4) + ".partial"] {
            #expect(try log.get(name, to: target))
            #expect(try log.bytes(target) == log.bytes(log.log + "/" + name))
        }
        #expect(try !log.get(log.name(4), to: target + "-2"))
        #expect(try log.bytes(target + "-2") == nil)
    }

    @Test("whose host forgot what it archived is stored again, and counted as twice the same") func forgotten() throws {
        let log = try LogTrip()
        try log.push(3)
        log.forget()
        #expect(try log.push(3).stored.count == 1)
        let report = try CheckLog.run(permit: Permit(owner: "test"), archive: try log.archive(), bases: .init())
        #expect(report.duplicates == 1 && report.isWhole)
        #expect(try log.get(log.name(3), to: log.trip.folder.path + "/target"))
    }
}
