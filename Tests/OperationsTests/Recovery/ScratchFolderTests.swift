import CLinux
import Glibc
import Primitives
import TestSupport
import Testing

@testable import Operations

@Suite("Scratch space that a killed process left") struct ScratchFolderTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func folder(_ name: String, mode: UInt32 = 0o700, mark: String? = ScratchFolder.markText) throws -> String {
        let path = "\(place.path)/safehold-recovery-\(name)"
        try #require(mkdir(path, 0o700) == 0 && mkdir(path + "/data", 0o700) == 0)
        try LocalFile.write([1], to: path + "/data/PG_VERSION")
        if let mark { try LocalFile.write(Array(mark.utf8), to: path + "/" + ScratchFolder.mark) }
        chmod(path, mode)
        return path
    }

    private func sweep() -> [String] { ScratchFolder.sweep(below: place.path) }

    @Test("is removed with all that is in it, and no link in it is followed") func left() throws {
        let outside = try TemporaryFolder()
        try LocalFile.write([1], to: outside.path + "/file")
        let path = try folder("aaaaaa")
        symlink(outside.path, path + "/data/pg_tblspc")
        #expect(sweep() == [path])
        #expect(try LocalFile.names(in: place.path) == [])
        #expect(try LocalFile.names(in: outside.path) == ["file"])
        #expect(sweep() == [])
    }

    @Test("stays where somebody uses it, and goes with him") func used() throws {
        let other = try ScratchFolder(below: place.path)
        try LocalFile.write([1], to: other.path + "/file")
        #expect(sweep() == [])
        #expect(Set(try LocalFile.names(in: other.path)) == [ScratchFolder.mark, "file"])
        other.remove()
        #expect(try LocalFile.names(in: place.path) == [])
    }

    @Test("stays where it is not proved to be ours") func strangers() throws {
        _ = try folder("without", mark: nil)
        _ = try folder("other", mark: "something else\n")
        _ = try folder("longer", mark: ScratchFolder.markText + "\n")
        _ = try folder("open", mode: 0o770)
        let elsewhere = try TemporaryFolder()
        try LocalFile.write(Array(ScratchFolder.markText.utf8), to: elsewhere.path + "/" + ScratchFolder.mark)
        symlink(elsewhere.path, place.path + "/safehold-recovery-link")
        try LocalFile.write(Array(ScratchFolder.markText.utf8), to: place.path + "/safehold-recovery-file")
        if geteuid() == 0 { chown(try folder("foreign"), 12_345, 12_345) }
        let before = Set(try LocalFile.names(in: place.path))
        #expect(sweep() == [])
        #expect(Set(try LocalFile.names(in: place.path)) == before)
        #expect(try LocalFile.names(in: elsewhere.path) == [ScratchFolder.mark])
    }

    @Test("is removed where a process has the number that a server had, and is none of it") func number() throws {
        let path = try folder("bbbbbb")
        try LocalFile.write(Array("1\n".utf8), to: path + "/data/postmaster.pid")
        #expect(sweep() == [path])
    }

    @Test("has its server ended first") func server() throws {
        let path = try folder("cccccc")
        // It stands in for a server: its working directory is the data directory.
        let child = try ProgramLaunch.startBound(
            ["/bin/sh", "-c", "cd '\(path)/data' && exec sleep 600"], [], endedBy: SIGKILL)
        for _ in 0..<200 where DataDirectory.resolved("/proc/\(child)/cwd") != path + "/data" { usleep(10_000) }
        try LocalFile.write(Array("\(child)\n".utf8), to: path + "/data/postmaster.pid")
        let reaped = Monitor<Int32>(-1)
        let threads = WorkerThreads()
        threads.start {
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            reaped.update { $0 = status & 0x7F }
        }
        #expect(sweep() == [path])
        threads.joinAll()
        #expect(reaped.withLock { $0 } == SIGQUIT)
    }
}
