import Glibc
import Testing

/// Disks that are full, read-only, or go away.
@Suite(.serialized) struct StorageTests {
    /// The repository moved onto a small file system of its own.
    private func mounted(_ place: Place, size: String) throws -> Mount {
        try ChildProcess.shell("mv repository kept; mkdir repository", directory: place.scratch.path)
        let mount = try Mount(at: place.repository, size: size)
        try ChildProcess.shell("cp -a kept/. repository", directory: place.scratch.path)
        return mount
    }

    @Test(
        "A full disk is an error of its own, harms nothing, and the next run goes on",
        .enabled(if: Mount.isPossible, Mount.reason))
    func full() throws {
        let place = try Place()
        let mount = try mounted(place, size: "3m")
        try ChildProcess.shell("echo small > small", directory: place.source)
        try place.backup()
        try ChildProcess.shell("head -c 8000000 /dev/urandom > large", directory: place.source)
        let error = try ChildProcess.run([program, "backup", "--json", place.source], environment: place.writing)
            .mustBe(13).error()
        #expect(error.text("code") == "storage-full" && error.text("message").contains("No space left"))
        try place.verify("--read-data").mustBe(0)
        #expect(try FileStatus.files(below: try place.restored()) == ["small"])
        try ChildProcess.shell("mount -o remount,size=30m \"$1\"", mount.path)
        try place.backup()
        #expect(try FileStatus.files(below: place.repository + "/tmp") == [])
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test("A full target of a restore, and then room", .enabled(if: Mount.isPossible, Mount.reason)) func fullTarget()
        throws
    {
        let place = try Place()
        try ChildProcess.shell("echo small > small; head -c 3000000 /dev/urandom > large", directory: place.source)
        try place.backup()
        let mount = try Mount(at: try place.scratch.folder("target"), size: "1m")
        let error = try place.restore(to: mount.path + "/in", "--strip").mustBe(13).error()
        #expect(error.text("code") == "storage-full")
        try ChildProcess.shell("mount -o remount,size=30m \"$1\"", mount.path)
        try place.restore(to: mount.path + "/in", "--strip").mustBe(0)
        #expect(
            try ChildProcess.shell(
                "rsync -an --checksum --itemize-changes --delete \"$1\"/ \"$2\"/", place.source, mount.path + "/in")
                == "")
    }

    @Test("A read-only repository can be read and not written", .enabled(if: Mount.isPossible, Mount.reason))
    func readOnly() throws {
        let place = try Place()
        let mount = try mounted(place, size: "20m")
        try ChildProcess.shell("echo content > file", directory: place.source)
        try place.backup()
        try #require(mount.makeReadOnly())
        let error = try ChildProcess.run([program, "backup", "--json", place.source], environment: place.writing)
            .mustBe(12).error()
        #expect(error.text("code") == "storage-denied" && error.text("message").contains("Read-only file system"))
        try place.verify("--read-data").mustBe(0)
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test("A mount that goes away is not filled up as a directory", .enabled(if: Mount.isPossible, Mount.reason))
    func vanishing() throws {
        let place = try Place()
        let mount = try mounted(place, size: "200m")
        try ChildProcess.shell(
            "for i in $(seq 40); do head -c 1000000 /dev/urandom > f$i; done", directory: place.source)
        let process = try ChildProcess(
            [program, "backup", "--json", place.source].map(\.bytes), environment: place.writing)
        while try FileStatus.files(below: place.repository + "/tmp").isEmpty, !process.ends(within: 1) {}
        mount.vanish()
        let ended = process.wait()
        #expect(ended.status == 11 || ended.status == 13 || ended.status == 10, ended.said)
        #expect(try !ended.error().text("advice").isEmpty)
        #expect(
            try ChildProcess.shell("find . -type f", directory: place.repository) == "",
            "something was written below the mount point")
        let missing = try ChildProcess.run([program, "backup", "--json", place.source], environment: place.writing)
            .mustBe(10).error()
        #expect(missing.text("code") == "repository-missing")
    }

    @Test(
        "Directories without permission",
        .enabled(if: isRoot && ChildProcess.has("setpriv"), "becoming another user takes root"))
    func denied() throws {
        let place = try Place()
        try ChildProcess.shell(
            "echo x > file; cp \(program) ../program; chmod 755 ../program; chown -R 65534:65534 ..; chown 0:0 ../repository/* ; chmod 755 ../repository/*",
            directory: place.source)
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", place.scratch.path + "/program"]
        let error = try ChildProcess.run(user + ["backup", "--json", place.source], environment: place.writing).mustBe(
            12
        ).error()
        #expect(error.text("code") == "storage-denied" && error.text("message").contains(place.repository))
    }
}
