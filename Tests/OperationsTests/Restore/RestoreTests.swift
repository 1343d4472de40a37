import CLinux
import Glibc
import Operations
import Primitives
import RepositoryEngine
import TestSupport
import Testing

@Suite("A restore")
struct RestoreTests {
    @Test("brings back contents, modes, times, links and holes")
    func everything() throws {
        let trip = try RoundTrip()
        var generator = SeededGenerator(seed: 7)
        let large = (0..<3_000_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        trip.write("small", Array("hello".utf8), mode: 0o4750)
        trip.write("same", Array("hello".utf8), mode: 0o000)
        trip.write("empty", [])
        trip.write("large", large)
        link(trip.source + "/large", trip.source + "/other-name")
        symlink("/no/where", trip.source + "/link")
        mkfifo(trip.source + "/fifo", 0o640)
        mkdir(trip.source + "/directory", 0o555)
        truncate(trip.source + "/empty", 0)
        trip.write("holes", [1, 2, 3])
        truncate(trip.source + "/holes", 8 << 20)
        let snapshot = try trip.backup()

        let summary = try trip.restore(snapshot) { $0.verify = true }
        #expect(summary.problems.isEmpty)
        #expect(trip.content("small") == Array("hello".utf8))
        #expect(trip.content("large") == large)
        #expect(summary.hardLinks == 1)
        for name in ["small", "same", "empty", "large", "other-name", "link", "fifo", "directory", "holes"] {
            let before = try #require(trip.status(trip.source + "/" + name))
            let after = try #require(trip.status(trip.target + "/" + name), "\(name)")
            #expect(after.mode == before.mode, "\(name)")
            #expect(after.size == before.size || name == "directory", "\(name)")
            #expect(after.mtime_s == before.mtime_s && after.mtime_ns == before.mtime_ns, "\(name)")
            #expect(after.nlink == before.nlink, "\(name)")
        }
        #expect(try #require(trip.status(trip.target + "/holes")).blocks < 64)
    }

    @Test("brings back names that are not text, and names of 255 bytes")
    func names() throws {
        let trip = try RoundTrip()
        let odd: [CChar] = [0x61, -1, -2, 0x0A, 0x62, 0]
        let directory = open(trip.source, O_RDONLY | O_DIRECTORY)
        close(openat(directory, odd, O_CREAT | O_WRONLY, 0o644))
        close(directory)
        let long = String(repeating: "n", count: 255)
        trip.write(long, [1])
        let summary = try trip.restore(try trip.backup())
        #expect(summary.problems.isEmpty)
        #expect(summary.files == 2)
        #expect(trip.content(long) == [1])
        let target = open(trip.target, O_RDONLY | O_DIRECTORY)
        defer { close(target) }
        #expect(faccessat(target, odd, F_OK, 0) == 0)
    }

    @Test("goes on where a killed run stopped, and removes what that left")
    func resume() throws {
        let trip = try RoundTrip()
        for i in 0..<50 { trip.write("file\(i)", Array("content \(i)".utf8)) }
        let snapshot = try trip.backup()
        _ = try trip.restore(snapshot)
        unlink(trip.target + "/file7")
        close(open(trip.target + "/.safehold-1-2.part", O_CREAT | O_WRONLY, 0o600))
        let summary = try trip.restore(snapshot)
        #expect(summary.files == 1)
        #expect(summary.unchanged == 49)
        #expect(summary.removedLeftovers == 1)
        #expect(trip.content("file7") == Array("content 7".utf8))
        #expect(access(trip.target + "/.safehold-1-2.part", F_OK) != 0)
    }

    @Test("overwrites as it is told", arguments: OverwritePolicy.allCases)
    func overwrite(_ policy: OverwritePolicy) throws {
        let trip = try RoundTrip()
        trip.write("file", Array("as saved".utf8))
        trip.write("kept", Array("kept".utf8))
        let snapshot = try trip.backup()
        _ = try trip.restore(snapshot)
        truncate(trip.target + "/file", 2)
        let summary = try trip.restore(snapshot) { $0.overwrite = policy }
        #expect(trip.content("file") == Array((policy == .never ? "as" : "as saved").utf8))
        #expect(summary.skipped == (policy == .never ? 1 : 0))
        #expect(summary.files == (policy == .never ? 0 : policy == .always ? 2 : 1))
    }

    @Test("never goes through a symbolic link in the target")
    func symbolicLink() throws {
        let trip = try RoundTrip()
        mkdir(trip.source + "/sub", 0o755)
        trip.write("sub/file", [1])
        let snapshot = try trip.backup()
        mkdir(trip.target, 0o755)
        mkdir(trip.folder.path + "/outside", 0o755)
        symlink(trip.folder.path + "/outside", trip.target + "/sub")
        let refused = try trip.restore(snapshot)
        #expect(refused.problemCount == 2)
        #expect(access(trip.folder.path + "/outside/file", F_OK) != 0)
        let replaced = try trip.restore(snapshot) { $0.overwrite = .always }
        #expect(replaced.problems.isEmpty)
        #expect(trip.content("sub/file") == [1])
        #expect(access(trip.folder.path + "/outside/file", F_OK) != 0)
    }

    @Test("selects by path and by pattern, and makes the directories on the way")
    func selection() throws {
        let trip = try RoundTrip()
        mkdir(trip.source + "/a", 0o755)
        mkdir(trip.source + "/a/deep", 0o700)
        trip.write("a/deep/one.txt", [1])
        trip.write("a/two.txt", [2])
        trip.write("three.dat", [3])
        let snapshot = try trip.backup()
        let byPath = try trip.restore(snapshot) { $0.selection = [trip.source + "/a/deep"] }
        #expect(byPath.files == 1)
        #expect(trip.content("a/deep/one.txt") == [1])
        #expect(trip.content("a/two.txt") == nil)
        let byPattern = try trip.restore(snapshot) { $0.selection = ["*.dat"] }
        #expect(byPattern.files == 1)
        #expect(throws: Failure.self) { try trip.restore(snapshot) { $0.selection = ["/nothing/here"] } }
    }

    @Test("rehearses without a trace")
    func dryRun() throws {
        let trip = try RoundTrip()
        trip.write("file", [1, 2, 3])
        let summary = try trip.restore(try trip.backup()) { $0.dryRun = true }
        #expect(summary.files == 1 && summary.bytes == 3)
        #expect(access(trip.target, F_OK) != 0)
    }

    @Test("refuses a target that is a file")
    func fileTarget() throws {
        let trip = try RoundTrip()
        let snapshot = try trip.backup()
        close(open(trip.target, O_CREAT | O_WRONLY, 0o644))
        let failure = #expect(throws: Failure.self) { try trip.restore(snapshot) }
        #expect(failure?.code == .targetUnusable)
    }
}
