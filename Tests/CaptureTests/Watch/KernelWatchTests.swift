import CLinux
import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// What the kernel tells of, by inotify and by fanotify.
@Suite struct KernelWatchTests {
    typealias Change = (String, @Sendable (WatchFixture) throws -> Void)

    private static let changes: [Change] = [
        ("a new file", { try $0.write("new") }),
        ("a file written anew", { try $0.write("file", "other") }),
        ("a file deep below", { try $0.write("a/b/c/deep", "other") }),
        ("a new directory", { try $0.makeDirectory("a/more") }),
        ("a file removed", { try $0.remove("file") }),
        ("a directory removed", { try $0.remove("a/b") }),
        ("a file renamed", { try $0.move("file", "renamed") }),
        ("a file moved out", { try $0.move("file", "../outside") }),
        ("a file moved in", { try Files.move($0.folder.path + "/beside", $0.path("a/came")) }),
        ("a save by rename", { try Files.saveByRename($0.path("file"), "saved") }),
        ("a mode", { try Files.check(chmod($0.path("file"), 0o600), "chmod") }),
        ("a directory's mode", { try Files.check(chmod($0.path("a/b"), 0o700), "chmod") }),
        ("the root's mode", { try Files.check(chmod($0.path(""), 0o700), "chmod") }),
        ("an owner", { try Files.check(chown($0.path("file"), getuid(), getgid()), "chown") }),
        ("an attribute", { try Files.check(sh_lsetxattr($0.path("file"), "user.x", "y", 1), "setxattr") }),
        ("a time", { try Files.check(utimes($0.path("file"), nil), "utimes") }),
        ("a link", { try Files.check(link($0.path("file"), $0.path("a/hard")), "link") }),
        ("a symbolic link", { try Files.check(symlink("file", $0.path("a/soft")), "symlink") }),
        ("a file cut short", { try Files.check(truncate($0.path("file"), 1), "truncate") }),
    ]

    private func fixture(_ method: WatchMethod) throws -> WatchFixture {
        try WatchFixture(method) { root in
            try FileManager.default.createDirectory(atPath: root + "/a/b/c", withIntermediateDirectories: true)
            for name in ["/file", "/a/b/c/deep", "/../beside"] { try Files.write(root + name) }
        }
    }

    @Test("Every kind of change is told of", arguments: WatchFixture.kernelMethods, changes.indices)
    func told(_ method: WatchMethod, _ index: Int) throws {
        let (name, change) = Self.changes[index]
        let fixture = try fixture(method)
        #expect(!fixture.isTold(), "nothing changed yet")
        try change(fixture)
        #expect(fixture.causes() == [.change], "\(name)")
        #expect(!fixture.isTold(), "\(name) was told twice")
    }

    @Test("Reading everything tells of nothing", arguments: WatchFixture.kernelMethods) func reading(
        _ method: WatchMethod
    ) throws {
        let fixture = try fixture(method)
        for path in try fixture.folder.everything {
            // Without O_NOATIME, so that access times change.
            _ = FileManager.default.contents(atPath: fixture.folder.path + "/" + path)
            _ = try? FileManager.default.contentsOfDirectory(atPath: fixture.folder.path + "/" + path)
            _ = sh_llistxattr(fixture.folder.path + "/" + path, nil, 0)
        }
        #expect(!fixture.isTold())
        try fixture.write("file")
        #expect(fixture.isTold())
    }

    @Test("A file that is written to and stays open is told of", arguments: WatchFixture.kernelMethods)
    func staysOpen(_ method: WatchMethod) throws {
        let fixture = try fixture(method)
        let file = open(fixture.path("file"), O_WRONLY | O_APPEND)
        defer { close(file) }
        #expect(!fixture.isTold(), "it was only opened")
        #expect(write(file, "x", 1) == 1)
        #expect(fixture.isTold())
    }

    @Test("What lies beside a root is not told of", arguments: WatchFixture.kernelMethods) func beside(
        _ method: WatchMethod
    ) throws {
        let fixture = try fixture(method)
        try Files.write(fixture.folder.path + "/beside", "x")
        try Files.makeDirectory(fixture.folder.path + "/rootless")
        try Files.write(fixture.folder.path + "/rootless/x")
        #expect(!fixture.isTold())
    }

    @Test(
        "What is written at once into new nested directories, and later, is told of",
        arguments: WatchFixture.kernelMethods)
    func newDirectories(_ method: WatchMethod) throws {
        let fixture = try fixture(method)
        try FileManager.default.createDirectory(atPath: fixture.path("n/e/s/t"), withIntermediateDirectories: true)
        try fixture.write("n/e/s/t/file")
        #expect(fixture.isTold())
        for place in ["n", "n/e", "n/e/s", "n/e/s/t"] {
            try fixture.write(place + "/later")
            #expect(fixture.isTold(), "\(place)")
        }
    }

    @Test(
        "Directories that are made while others are looked through are all watched",
        arguments: WatchFixture.kernelMethods)
    func race(_ method: WatchMethod) throws {
        let fixture = try fixture(method)
        let threads = (0..<2).map { number in
            Thread {
                for round in 0..<150 {
                    let path = fixture.path("r\(number)-\(round)/x/y/z")
                    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                }
            }
        }
        for thread in threads { thread.start() }
        while !threads.allSatisfy(\.isFinished) { _ = fixture.watcher.drain() }
        _ = fixture.watcher.drain()
        for number in 0..<2 {
            for round in 0..<150 {
                try fixture.write("r\(number)-\(round)/x/y/z/file")
                #expect(fixture.isTold(), "r\(number)-\(round)")
            }
        }
    }

    @Test("A tree that is moved in is watched", arguments: WatchFixture.kernelMethods) func movedIn(
        _ method: WatchMethod
    ) throws {
        let fixture = try fixture(method)
        let away = fixture.folder.path + "/away"
        try FileManager.default.createDirectory(atPath: away + "/x/y", withIntermediateDirectories: true)
        try Files.move(away, fixture.path("a/came"))
        #expect(fixture.isTold())
        try fixture.write("a/came/x/y/file")
        #expect(fixture.isTold())
    }

    @Test("A tree that is moved out is not watched any more", arguments: WatchFixture.kernelMethods) func movedOut(
        _ method: WatchMethod
    ) throws {
        let fixture = try fixture(method)
        try fixture.move("a", "../away")
        #expect(fixture.isTold())
        try Files.write(fixture.folder.path + "/away/b/c/file")
        #expect(!fixture.isTold())
    }

    @Test(
        "Below a directory that was renamed changes are told of, and left out by its new name",
        arguments: WatchFixture.kernelMethods)
    func renamed(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method, leavingOut: ["old/cache", "new/b/hidden"]) { root in
            try FileManager.default.createDirectory(atPath: root + "/old/b/c", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: root + "/old/cache", withIntermediateDirectories: true)
        }
        try fixture.write("old/b/hidden")
        #expect(fixture.isTold())
        try fixture.write("old/cache/x")
        #expect(!fixture.isTold())
        try fixture.move("old", "new")
        #expect(fixture.isTold())
        try fixture.write("new/b/c/file")
        #expect(fixture.isTold())
        try fixture.write("new/cache/x")
        #expect(fixture.isTold(), "it is left out by its old path only")
        try fixture.write("new/b/hidden")
        #expect(!fixture.isTold(), "it is left out by its new path")
    }

    @Test("Two directories that change places stay watched under their names", arguments: WatchFixture.kernelMethods)
    func exchanged(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method, leavingOut: ["x/no", "y/not"]) { root in
            for name in ["/x", "/y"] { try Files.makeDirectory(root + name) }
        }
        try Files.exchange(fixture.path("x"), fixture.path("y"))
        #expect(fixture.isTold())
        for name in ["x/no", "y/not"] {
            try fixture.write(name)
            #expect(!fixture.isTold(), "\(name)")
        }
        for name in ["x/not", "y/no"] {
            try fixture.write(name)
            #expect(fixture.isTold(), "\(name)")
        }
    }

    @Test("A directory that is removed and made again is watched again", arguments: WatchFixture.kernelMethods)
    func madeAgain(_ method: WatchMethod) throws {
        let fixture = try fixture(method)
        for _ in 0..<3 {
            try fixture.remove("a")
            try FileManager.default.createDirectory(atPath: fixture.path("a/b/c"), withIntermediateDirectories: true)
            #expect(fixture.isTold())
            try fixture.write("a/b/c/file")
            #expect(fixture.isTold())
        }
    }

    @Test("What is left out is not told of", arguments: WatchFixture.kernelMethods) func leftOut(_ method: WatchMethod)
        throws
    {
        let fixture = try WatchFixture(method, leavingOut: ["cache", "a/log"], omitted: ["repository"]) { root in
            for name in ["/a", "/cache", "/cache/deep", "/repository", "/repository/packs"] {
                try Files.makeDirectory(root + name)
            }
        }
        for name in ["cache/x", "cache/deep/x", "a/log", "repository/packs/x", "repository/x"] {
            try fixture.write(name)
            #expect(!fixture.isTold(), "\(name)")
        }
        try fixture.write("a/logs")
        #expect(fixture.isTold())
    }

    @Test("Names that are no text are watched", arguments: WatchFixture.kernelMethods) func bytes(_ method: WatchMethod)
        throws
    {
        let fixture = try fixture(method)
        let name: [CChar] = Array(fixture.path("a/").utf8CString.dropLast()) + [-1, -2, 0]
        try Files.check(mkdir(name, 0o755), "mkdir")
        #expect(fixture.isTold())
        try Files.check(mkdir(Array(name.dropLast()) + "/x".utf8CString, 0o755), "mkdir")
        #expect(fixture.isTold())
    }

    @Test("Roots may overlap, each with its own exclusions", arguments: WatchFixture.kernelMethods) func overlap(
        _ method: WatchMethod
    ) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/etc/ssl/keys", withIntermediateDirectories: true)
        var settings = WatchSettings()
        settings.method = method
        let watcher = try ChangeWatcher(
            roots: [
                WatchedRoot(id: "all", path: Array((folder.path + "/etc").utf8)) { path, _ in
                    String(decoding: path, as: UTF8.self) == "ssl/keys"
                },
                WatchedRoot(id: "ssl", path: Array((folder.path + "/etc/ssl").utf8)),
            ], settings: settings)
        func told(_ path: String) throws -> [String] {
            try Files.write(folder.path + path)
            return watcher.drain().map(\.id)
        }
        #expect(try told("/etc/hosts") == ["all"])
        #expect(try told("/etc/ssl/cert") == ["all", "ssl"])
        #expect(try told("/etc/ssl/keys/key") == ["ssl"])
        watcher.update(roots: [WatchedRoot(id: "ssl", path: Array((folder.path + "/etc/ssl").utf8))])
        #expect(try told("/etc/hosts") == [])
        #expect(try told("/etc/ssl/keys/key") == ["ssl"])
    }
}

@Suite(.enabled(if: WatchFixture.hasFanotify, "fanotify takes root and a kernel that lets it")) struct FanotifyTests {
    @Test("fanotify is taken by itself, and says so") func taken() throws {
        let folder = try TemporaryFolder()
        let watcher = try ChangeWatcher(roots: [WatchedRoot(id: "x", path: Array(folder.path.utf8))])
        let report = try #require(watcher.reports.first)
        #expect(report.method == .fanotify && report.exists)
        #expect(report.sentence == "\(folder.path): the kernel tells of all changes on its file system (fanotify).")
    }
}
