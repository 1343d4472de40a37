import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// What people do in one go is one backup, though the kernel tells of it ten thousand times.
@Suite struct BurstTests {
    /// How many backups are due for what `work` does while the watcher is listened to. Time is not waited for: when a backup would be due is
    /// reckoned from when changes were seen.
    private func backups(
        _ fixture: WatchFixture, _ debounce: Debounce, while work: @escaping @Sendable () throws -> Void
    ) throws -> Int {
        let failure = Failure()
        let thread = Thread { do { try work() } catch { failure.note(error) } }
        thread.stackSize = 1 << 20
        var (debounce, count, last) = (debounce, 0, Duration.zero)
        thread.start()
        func note(_ changed: [ChangedRoot]) {
            guard let seen = changed.first?.seen else { return }
            if let due = debounce.due, due <= seen {
                count += 1
                debounce.backupBegan(at: due)
                debounce.backupEnded(at: due)
            }
            last = seen
            debounce.noteChange(at: seen)
        }
        while !thread.isFinished { note(fixture.watcher.next(timeout: .milliseconds(50)) ?? []) }
        note(fixture.watcher.drain())
        if let error = failure.error { throw error }
        #expect(last > .zero, "nothing was told of")
        return count + (debounce.due == nil ? 0 : 1)
    }

    private final class Failure: @unchecked Sendable {
        // SAFETY: written by the thread before it is finished, read after that.
        private(set) var error: (any Error)?
        func note(_ error: any Error) { self.error = error }
    }

    private static let hasGit = FileManager.default.isExecutableFile(atPath: "/usr/bin/git")

    // A machine at work stops for a while; a burst is not what the clock says.
    private let patient = Debounce(quiet: .seconds(60), maximumDelay: .seconds(600))

    @Test("A save by rename is one backup", arguments: WatchFixture.kernelMethods) func save(_ method: WatchMethod)
        throws
    {
        let fixture = try WatchFixture(method) { try Files.write($0 + "/settings", "old") }
        #expect(try backups(fixture, patient) { try Files.saveByRename(fixture.path("settings"), "new") } == 1)
    }

    @Test("Ten thousand new files are one backup", arguments: WatchFixture.kernelMethods) func many(
        _ method: WatchMethod
    ) throws {
        let fixture = try WatchFixture(method)
        let count = try backups(fixture, patient) {
            for folder in 0..<100 {
                try fixture.makeDirectory("f\(folder)")
                for file in 0..<100 { try fixture.write("f\(folder)/\(file)") }
            }
        }
        #expect(count == 1)
    }

    @Test("A directory that is removed and made again is one backup", arguments: WatchFixture.kernelMethods)
    func madeAgain(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method) { root in
            try FileManager.default.createDirectory(atPath: root + "/a/b", withIntermediateDirectories: true)
            try Files.write(root + "/a/b/file")
        }
        let count = try backups(fixture, patient) {
            try fixture.remove("a")
            try FileManager.default.createDirectory(atPath: fixture.path("a/b"), withIntermediateDirectories: true)
            try fixture.write("a/b/file")
        }
        #expect(count == 1)
    }

    @Test("A root that is removed and made again is one backup", arguments: WatchFixture.kernelMethods)
    func rootMadeAgain(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method) { try Files.write($0 + "/file") }
        let count = try backups(fixture, patient) {
            try fixture.remove("")
            try FileManager.default.createDirectory(atPath: fixture.root, withIntermediateDirectories: false)
            try fixture.write("file")
        }
        #expect(count == 1)
    }

    @Test(
        "A git checkout of ten thousand files is one backup, and what is written afterwards is told of",
        .enabled(if: hasGit, "git is not there"), arguments: WatchFixture.kernelMethods)
    func checkout(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method, leavingOut: [".git"]) { root in
            func git(_ words: String...) throws {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments =
                    ["git", "-C", root, "-c", "user.name=n", "-c", "user.email=e", "-c", "gc.auto=0"] + words
                process.standardOutput = nil
                process.standardError = nil
                try process.run()
                process.waitUntilExit()
                try #require(process.terminationStatus == 0, "git \(words)")
            }
            try git("init", "--quiet", "--initial-branch=empty")
            try git("commit", "--quiet", "--allow-empty", "--message=empty")
            try git("checkout", "--quiet", "-b", "full")
            for folder in 0..<100 {
                try FileManager.default.createDirectory(
                    atPath: root + "/f\(folder)/g", withIntermediateDirectories: true)
                for file in 0..<100 { try Files.write(root + "/f\(folder)/g/\(file)", "\(folder) \(file)") }
            }
            try git("add", ".")
            try git("commit", "--quiet", "--message=full")
            try git("checkout", "--quiet", "empty")
        }
        let root = fixture.root
        let count = try backups(fixture, patient) {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = ["git", "-C", root, "checkout", "--quiet", "full"]
            try process.run()
            process.waitUntilExit()
        }
        #expect(count == 1)
        #expect(FileManager.default.fileExists(atPath: fixture.path("f99/g/99")))
    }
}
