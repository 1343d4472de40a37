import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// A file system that a server keeps: others change it, and the kernel here hears nothing of it.
@Suite(.enabled(if: Sshfs.isPossible, Sshfs.reason)) struct NetworkFileSystemTests {
    private func settings() -> WatchSettings {
        var settings = WatchSettings()
        settings.pollInterval = .milliseconds(100)
        return settings
    }

    @Test("is polled, which is said, and what another host writes is told") func polled() throws {
        let mounted = try Sshfs()
        try Files.write(mounted.atServer + "/file")
        let watcher = try ChangeWatcher(
            roots: [WatchedRoot(id: "share", path: Array(mounted.path.utf8))], settings: settings())
        let report = try #require(watcher.reports.first)
        #expect(report.method == .polling)
        #expect(report.sentence.contains("sshfs"), "\(report.sentence)")
        _ = watcher.next(timeout: .seconds(1))
        try Files.write(mounted.atServer + "/file", "written by another host")
        #expect(watcher.next(timeout: .seconds(30))?.map(\.id) == ["share"])
    }

    @Test("inside of a local source is polled; what is local there is told at once") func inside() throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/root"
        try FileManager.default.createDirectory(atPath: root + "/share", withIntermediateDirectories: true)
        let mounted = try Sshfs(at: root + "/share")
        let watcher = try ChangeWatcher(
            roots: [WatchedRoot(id: "tree", path: Array(root.utf8))], settings: settings())
        #expect(Set(watcher.reports.map { $0.method == .polling }) == [true, false], "\(watcher.reports)")
        try Files.write(root + "/local")
        #expect(!watcher.drain().isEmpty)
        _ = watcher.next(timeout: .seconds(1))
        try Files.write(mounted.atServer + "/file", "written by another host")
        #expect(watcher.next(timeout: .seconds(30))?.map(\.id) == ["tree"])
    }
}

/// A folder that sftp-server serves and sshfs has mounted; it goes with this value.
private final class Sshfs {
    static let reason: Comment = "sshfs may not be mounted here; it takes root and /dev/fuse"
    static let isPossible = geteuid() == 0 && (try? Sshfs()) != nil

    struct Refused: Error {}

    let path: String
    let atServer: String
    private let folder: TemporaryFolder

    init(at path: String? = nil) throws {
        folder = try TemporaryFolder()
        atServer = folder.path + "/server"
        self.path = path ?? folder.path + "/mounted"
        try Files.makeDirectory(atServer)
        if path == nil { try Files.makeDirectory(self.path) }
        // What stays must not hold the descriptor by which the script's end is seen.
        try run(
            """
            mkfifo "$1/pipe"
            { for f in /proc/self/fd/*; do [ ${f##*/} -le 2 ] || eval "exec ${f##*/}>&-"; done
              /usr/lib/openssh/sftp-server <"$1/pipe" | sshfs -o passive,dir_cache=no,attr_timeout=0 :"$2" "$3" >"$1/pipe"; } 2>/dev/null &
            for _ in $(seq 50); do mountpoint -q "$3" && exit 0; sleep 0.1; done; exit 1
            """)
    }

    deinit { try? run("umount -l \"$3\"") }

    private func run(_ script: String) throws {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/bash")
        shell.arguments = ["-c", script, "sshfs", folder.path, atServer, path]
        shell.standardOutput = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw Refused() }
    }
}
