@testable import Capture
import CLinux
import Foundation
import Glibc
import TestSupport
import Testing

/// Trees of which nobody tells.
@Suite struct PollingTests {
    private typealias Change = (String, @Sendable (String) throws -> Void)

    private static let changes: [Change] = [
        ("a new file", { try Files.write($0 + "/a/new") }),
        ("other content of the same length", { try Files.write($0 + "/a/file", "TEXT") }),
        (
            "other content, with the old time",
            {
                var status = stat()
                try Files.check(stat($0 + "/a/file", &status), "stat")
                try Files.write($0 + "/a/file", "TEXT")
                var times = [status.st_atim, status.st_mtim]
                try Files.check(utimensat(AT_FDCWD, $0 + "/a/file", &times, 0), "utimensat")
            }
        ),
        ("a file removed", { try Files.check(unlink($0 + "/a/file"), "unlink") }),
        ("a file renamed", { try Files.move($0 + "/a/file", $0 + "/a/elif") }),
        ("a file moved", { try Files.move($0 + "/a/file", $0 + "/a/b/file") }),
        ("two files that change places", { try Files.exchange($0 + "/a/file", $0 + "/a/other") }),
        ("a save by rename", { try Files.saveByRename($0 + "/a/file", "text") }),
        ("a mode", { try Files.check(chmod($0 + "/a/file", 0o600), "chmod") }),
        ("an owner", { try Files.check(chown($0 + "/a/file", getuid(), getgid()), "chown") }),
        ("an attribute", { try Files.check(sh_lsetxattr($0 + "/a/file", "user.x", "y", 1), "setxattr") }),
        ("a new directory", { try Files.makeDirectory($0 + "/a/b/c") }),
        ("a directory removed", { try Files.check(rmdir($0 + "/a/b"), "rmdir") }),
        ("a directory's mode", { try Files.check(chmod($0 + "/a/b", 0o700), "chmod") }),
        ("the root's mode", { try Files.check(chmod($0, 0o700), "chmod") }),
        ("the root removed", { try FileManager.default.removeItem(atPath: $0) }),
    ]

    private func prepare(_ folder: TemporaryFolder) throws -> String {
        let root = folder.path + "/root"
        try FileManager.default.createDirectory(atPath: root + "/a/b", withIntermediateDirectories: true)
        for name in ["file", "other"] { try Files.write(root + "/a/" + name) }
        // The kernel's clock of files goes in steps of some milliseconds.
        usleep(20_000)
        return root
    }

    private func digest(_ root: WatchedRoot) -> TreeDigest {
        TreeDigest(of: root, at: root.path, skipping: []) { false }
    }

    @Test("Every kind of change makes another digest", arguments: changes.indices) func kinds(_ index: Int) throws {
        let (folder, (name, change)) = (try TemporaryFolder(), Self.changes[index])
        let path = try prepare(folder)
        let root = WatchedRoot(id: "x", path: Array(path.utf8))
        let before = digest(root)
        #expect(digest(root) == before)
        try change(path)
        #expect(digest(root) != before, "\(name)")
    }

    @Test("Reading, and what is left out, makes none") func none() throws {
        let folder = try TemporaryFolder()
        let path = try prepare(folder)
        let root = WatchedRoot(id: "x", path: Array(path.utf8), omitted: [Array((path + "/a/b").utf8)]) { path, _ in
            String(decoding: path, as: UTF8.self) == "a/other"
        }
        let before = digest(root)
        for path in try folder.everything {
            _ = FileManager.default.contents(atPath: folder.path + "/" + path)
            _ = try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + path)
        }
        try Files.write(path + "/a/other", "other")
        try Files.write(path + "/a/b/new")
        try Files.write(folder.path + "/beside")
        #expect(digest(root) == before)
    }

    @Test("A watcher that polls tells of changes, also of roots that come") func told() throws {
        let folder = try TemporaryFolder()
        let path = try prepare(folder)
        var settings = WatchSettings()
        (settings.method, settings.pollInterval) = (.polling, .milliseconds(5))
        let watcher = try ChangeWatcher(
            roots: [path, folder.path + "/late"].map { WatchedRoot(id: String($0.suffix(4)), path: Array($0.utf8)) },
            settings: settings)
        #expect(
            watcher.reports.map(\.method) == [.polling, .polling] && watcher.reports.map(\.exists) == [false, true])
        var first: Set<String> = []
        while first.count < 2 { first.formUnion((watcher.next(timeout: .seconds(60)) ?? []).map(\.id)) }
        func hear() -> [String] { (watcher.next(timeout: .seconds(60)) ?? []).map(\.id) }
        try Files.write(path + "/a/b/file")
        #expect(hear() == ["root"])
        try FileManager.default.createDirectory(atPath: folder.path + "/late", withIntermediateDirectories: false)
        #expect(hear() == ["late"])
    }

    @Test("A report says how often and why") func report() throws {
        let folder = try TemporaryFolder()
        var settings = WatchSettings()
        settings.method = .polling
        let watcher = try ChangeWatcher(
            roots: [WatchedRoot(id: "x", path: Array(folder.path.utf8))], settings: settings)
        #expect(
            watcher.reports.first?.sentence == "\(folder.path): looked through every 30 s, because that was asked for.")
        #expect(
            PollingReason.fileSystem("NFS").text == "NFS does not tell what is changed by others than this host")
    }
}
