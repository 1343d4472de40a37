import Glibc
import Testing

/// Whether a restore waits for the disk.
@Suite struct SyncTests {
    private func filled() throws -> Place {
        let place = try Place()
        try ChildProcess.shell(
            "mkdir -p d/e; echo a > a; echo b > d/e/b; head -c 3000000 /dev/urandom > large", directory: place.source)
        try place.backup()
        // Begins the audit log, once, with all directories above it.
        try ChildProcess.run([program, "snapshots"], environment: place.reading).mustBe(0)
        return place
    }

    private func words(_ target: String, _ words: [String]) -> [String] {
        [program, "restore", "latest", "--target", target, "--strip", "--json"] + words
    }

    /// Every call of a restore that flushes anything, but for those by which it is written into the audit log.
    private func flushes(_ place: Place, into target: String, _ more: String...) throws -> [String] {
        let log = place.scratch.path + "/calls"
        let trace = [
            "strace", "-f", "-y", "-qq", "-e", "signal=none", "-o", log, "-e",
            "trace=sync,syncfs,fsync,fdatasync,sync_file_range,msync",
        ]
        let ended = try ChildProcess.run(trace + words(target, more), environment: place.reading).mustBe(0)
        #expect(
            try ended.summary().fields["synced"] as? Bool == (more.contains("--sync") && !more.contains("--dry-run")))
        let state = try #require(place.reading["SAFEHOLD_HOME"])
        return try ChildProcess.shell(
            "{ grep -vF \"<$2\" \"$1\" || true; } | sed -E 's/^[0-9]+ +//; s/\\(.*//'", log, state
        ).split(separator: "\n").map(String.init)
    }

    @Test(
        "--sync flushes the target once, and without it nothing is flushed",
        .enabled(if: ChildProcess.has("strace"), "strace is not there"))
    func once() throws {
        let place = try filled()
        #expect(try flushes(place, into: place.scratch.path + "/without") == [])
        #expect(try flushes(place, into: place.scratch.path + "/with", "--sync") == ["syncfs"])
        // Also when everything was there already: nobody knows whether that had reached the disk.
        #expect(try flushes(place, into: place.scratch.path + "/with", "--sync") == ["syncfs"])
        #expect(try flushes(place, into: place.scratch.path + "/none", "--sync", "--dry-run") == [])
    }

    @Test(
        "--sync flushes what is mounted below the target as well",
        .enabled(if: Mount.isPossible && ChildProcess.has("strace"), "it takes strace and the right to mount"))
    func mounted() throws {
        let place = try filled()
        let target = try place.scratch.folder("target")
        try ChildProcess.shell("mkdir d", directory: target)
        let mount = try Mount(at: target + "/d", size: "5m")
        #expect(try flushes(place, into: target, "--sync") == ["syncfs", "syncfs"])
        #expect(try FileStatus.files(below: mount.path) == ["e/b"])
    }

    @Test("A flush that fails is an error, and says what helps", .enabled(if: Faults.isAvailable, Faults.reason))
    func failing() throws {
        let place = try filled()
        let calls = try Faults.count(words(place.scratch.path + "/first", ["--sync"]), place.reading)
        // Behind it come the calls by which the end is written into the audit log.
        for call in stride(from: calls, through: 1, by: -1) {
            let ended = try ChildProcess.run(
                words(place.scratch.path + "/number-\(call)", ["--sync"]),
                environment: place.reading.merging(try Faults.at(call, error: EIO)) { $1 })
            guard ended.status == 13 else { continue }
            let error = try ended.error()
            guard error.text("message").contains("may not be on the medium") else { continue }
            #expect(error.text("advice").contains("--overwrite=always"))
            return
        }
        Issue.record("No flush failed the restore.")
    }
}
