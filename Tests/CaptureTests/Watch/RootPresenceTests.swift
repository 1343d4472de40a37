import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// Roots that come and go, and roots that are no directories.
@Suite struct RootPresenceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ relative: String) -> String { folder.path + "/" + relative }

    private func watcher(_ relative: String, _ method: WatchMethod) throws -> ChangeWatcher {
        try WatchFixture.watcher([path(relative)], method)
    }

    private func causes(_ watcher: ChangeWatcher) -> Set<ChangedRoot.Cause> {
        watcher.drain().reduce(into: []) { $0.formUnion($1.causes) }
    }

    @Test(
        "A root that is not there is waited for, however much of its way is missing",
        arguments: WatchFixture.kernelMethods)
    func missing(_ method: WatchMethod) throws {
        let watcher = try watcher("a/b/c", method)
        #expect(watcher.reports.map(\.exists) == [false])
        try Files.write(path("beside"))
        try Files.makeDirectory(path("a"))
        #expect(causes(watcher) == [], "the root is not there yet")
        try Files.makeDirectory(path("a/b"))
        #expect(causes(watcher) == [])
        try FileManager.default.createDirectory(atPath: path("a/b/c/d"), withIntermediateDirectories: true)
        #expect(causes(watcher).contains(.appeared))
        #expect(watcher.reports.map(\.exists) == [true])
        for place in ["a/b/c/file", "a/b/c/d/file"] {
            try Files.write(path(place))
            #expect(causes(watcher) == [.change], "\(place)")
        }
    }

    @Test("A whole way that comes at once is found", arguments: WatchFixture.kernelMethods) func wholeWay(
        _ method: WatchMethod
    ) throws {
        let watcher = try watcher("a/b/c", method)
        try FileManager.default.createDirectory(atPath: path("a/b/c/d"), withIntermediateDirectories: true)
        #expect(causes(watcher).contains(.appeared))
        try Files.write(path("a/b/c/d/file"))
        #expect(causes(watcher) == [.change])
    }

    @Test("A root that goes is told of, and watched again when it comes back", arguments: WatchFixture.kernelMethods)
    func comesBack(_ method: WatchMethod) throws {
        try FileManager.default.createDirectory(atPath: path("a/root/x"), withIntermediateDirectories: true)
        let watcher = try watcher("a/root", method)
        for _ in 0..<3 {
            try FileManager.default.removeItem(atPath: path("a/root"))
            #expect(causes(watcher).contains(.vanished))
            try FileManager.default.createDirectory(atPath: path("a/root/x"), withIntermediateDirectories: true)
            #expect(causes(watcher).contains(.appeared))
            try Files.write(path("a/root/x/file"))
            #expect(causes(watcher) == [.change])
        }
    }

    @Test(
        "A root whose directory above is renamed has gone, and is back with it", arguments: WatchFixture.kernelMethods)
    func aboveRenamed(_ method: WatchMethod) throws {
        try FileManager.default.createDirectory(atPath: path("a/b/root/x"), withIntermediateDirectories: true)
        let watcher = try watcher("a/b/root", method)
        try Files.move(path("a"), path("z"))
        #expect(causes(watcher).contains(.vanished))
        try Files.write(path("z/b/root/x/file"))
        #expect(causes(watcher) == [], "that is another place")
        try Files.move(path("z"), path("a"))
        #expect(causes(watcher).contains(.appeared))
        try Files.write(path("a/b/root/x/file"))
        #expect(causes(watcher) == [.change])
    }

    @Test("Another directory in the root's place is watched in its stead", arguments: WatchFixture.kernelMethods)
    func exchanged(_ method: WatchMethod) throws {
        for name in ["root", "other", "other/x"] { try Files.makeDirectory(path(name)) }
        let watcher = try watcher("root", method)
        try Files.exchange(path("root"), path("other"))
        #expect(causes(watcher).contains(.appeared))
        try Files.write(path("root/x/file"))
        #expect(causes(watcher) == [.change])
        try Files.write(path("other/file"))
        #expect(causes(watcher) == [])
    }

    @Test("A root may be a file, also one that editors replace", arguments: WatchFixture.kernelMethods) func file(
        _ method: WatchMethod
    ) throws {
        try Files.write(path("hosts"))
        let watcher = try watcher("hosts", method)
        for name in ["beside", "hosts.bak"] { try Files.write(path(name)) }
        #expect(causes(watcher) == [])
        try Files.write(path("hosts"), "other")
        #expect(causes(watcher) == [.change])
        for _ in 0..<2 {
            try Files.saveByRename(path("hosts"), "new")
            #expect(causes(watcher).contains(.change))
            try Files.write(path("hosts"), "again")
            #expect(causes(watcher) == [.change])
        }
        try Files.check(unlink(path("hosts")), "unlink")
        #expect(causes(watcher).contains(.vanished))
        try Files.write(path("hosts"), "back")
        #expect(causes(watcher).contains(.appeared))
    }

    @Test(
        "A file in whose place a directory comes is watched with all that is in it",
        arguments: WatchFixture.kernelMethods)
    func becomesDirectory(_ method: WatchMethod) throws {
        try Files.write(path("conf"))
        let watcher = try watcher("conf", method)
        try Files.check(unlink(path("conf")), "unlink")
        try FileManager.default.createDirectory(atPath: path("conf/d"), withIntermediateDirectories: true)
        #expect(causes(watcher).contains(.appeared))
        try Files.write(path("conf/d/file"))
        #expect(causes(watcher) == [.change])
    }

    @Test("Links above a root are followed", arguments: WatchFixture.kernelMethods) func linkAbove(
        _ method: WatchMethod
    ) throws {
        try FileManager.default.createDirectory(atPath: path("real/root/x"), withIntermediateDirectories: true)
        try Files.check(symlink("real", path("way")), "symlink")
        let watcher = try watcher("way/root", method)
        try Files.write(path("real/root/x/file"))
        #expect(causes(watcher) == [.change])
        try FileManager.default.removeItem(atPath: path("way"))
        #expect(causes(watcher).contains(.vanished))
    }

    @Test(
        "A file system that is mounted over a root, or below it, is watched, and may be unmounted",
        .enabled(if: Mounting.isPossible, "mounting is not permitted here"), arguments: WatchFixture.kernelMethods)
    func mounted(_ method: WatchMethod) throws {
        try FileManager.default.createDirectory(atPath: path("root/x"), withIntermediateDirectories: true)
        let watcher = try watcher("root", method)
        /// What the kernel tells of mounts comes by the way of `next`.
        func hear() -> Set<ChangedRoot.Cause> {
            (watcher.next(timeout: .seconds(60)) ?? []).reduce(into: []) { $0.formUnion($1.causes) }
        }
        for place in ["root/x", "root"] {
            let mounted = try Mounting(at: path(place))
            #expect(!hear().isEmpty, "mounted at \(place)")
            _ = watcher.drain()
            try Files.write(path(place) + "/file")
            #expect(causes(watcher) == [.change], "\(place)")
            try mounted.end()
            while causes(watcher).isEmpty { #expect(!hear().isEmpty, "unmounted at \(place)"); break }
            _ = watcher.drain()
            try Files.write(path(place) + "/below")
            #expect(causes(watcher) == [.change], "\(place)")
        }
    }
}

/// A file system in memory, until it is ended or forgotten.
final class Mounting {
    static let isPossible =
        geteuid() == 0
        && {
            guard let folder = try? TemporaryFolder(), let mounted = try? Mounting(at: folder.path) else {
                return false
            }
            return (try? mounted.end()) != nil
        }()
    private var path: String?

    init(at path: String) throws {
        try Files.check(mount("tmpfs", path, "tmpfs", 0, nil), "mount \(path)")
        self.path = path
    }

    func end() throws {
        guard let path else { return }
        try Files.check(umount2(path, 0), "umount \(path)")
        self.path = nil
    }

    deinit { if let path { umount2(path, Int32(MNT_DETACH)) } }
}
