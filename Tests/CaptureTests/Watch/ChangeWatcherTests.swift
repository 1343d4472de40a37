import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// A watcher's own life.
@Suite struct ChangeWatcherTests {
    @Test("Somebody who waits is woken by a change", arguments: WatchFixture.kernelMethods) func woken(
        _ method: WatchMethod
    ) throws {
        let fixture = try WatchFixture(method)
        let thread = Thread {
            usleep(50_000)
            try? fixture.write("file")
        }
        thread.start()
        let told = try #require(fixture.watcher.next())
        #expect(told.map(\.id) == ["etc"] && told.first?.causes == [.change])
    }

    @Test("Without a change the time is up") func timeOut() throws {
        let fixture = try WatchFixture(.inotify)
        #expect(fixture.watcher.next(timeout: .milliseconds(1)) == [])
        #expect(fixture.watcher.next(timeout: .zero) == [])
    }

    @Test("Stopping wakes whoever waits, and it stays stopped") func stopped() throws {
        let fixture = try WatchFixture(.inotify)
        let thread = Thread {
            usleep(20_000)
            fixture.watcher.stop()
        }
        thread.start()
        #expect(fixture.watcher.next() == nil)
        #expect(fixture.watcher.next() == nil)
        #expect(fixture.watcher.reports == [])
    }

    @Test("A change is seen after it was made and before it is told", arguments: WatchFixture.kernelMethods) func seen(
        _ method: WatchMethod
    ) throws {
        let fixture = try WatchFixture(method)
        let clock = WatchSettings().clock
        let before = clock()
        try fixture.write("file")
        let seen = try #require(fixture.watcher.drain().first?.seen)
        #expect(before <= seen && seen <= clock())
    }

    @Test("A hook that writes before the backup makes no further one due", arguments: WatchFixture.kernelMethods)
    func hook(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method)
        let clock = WatchSettings().clock
        var debounce = Debounce()
        for _ in 0..<3 {
            try fixture.write("dump", "\(clock())")
            for changed in fixture.watcher.drain() { debounce.noteChange(at: changed.seen) }
            #expect(debounce.due != nil)
            debounce.backupBegan(at: clock())
            #expect(fixture.watcher.next(timeout: .zero) == [])
            debounce.backupEnded(at: clock())
            #expect(debounce.due == nil)
        }
    }

    @Test("Roots are exchanged while somebody waits", arguments: WatchFixture.kernelMethods) func update(
        _ method: WatchMethod
    ) throws {
        let folder = try TemporaryFolder()
        for name in ["one", "two", "three"] {
            try FileManager.default.createDirectory(
                atPath: folder.path + "/\(name)/x", withIntermediateDirectories: true)
        }
        @Sendable func root(_ name: String) -> WatchedRoot {
            WatchedRoot(id: name, path: Array((folder.path + "/" + name).utf8))
        }
        let watcher = try WatchFixture.watcher([folder.path + "/one", folder.path + "/two"], method)
        let thread = Thread {
            usleep(20_000)
            watcher.update(roots: [root("two"), root("three")])
            try? Files.write(folder.path + "/one/x/file")
            try? Files.write(folder.path + "/three/x/file")
        }
        thread.start()
        #expect(watcher.next()?.map(\.id) == ["three"])
        // It may have been told when the file was made, before it was written.
        while !thread.isFinished { usleep(1000) }
        _ = watcher.drain()
        #expect(watcher.reports.map(\.id) == ["three", "two"])
        try Files.write(folder.path + "/two/x/file")
        #expect(watcher.drain().map(\.id) == ["two"])
    }

    @Test(
        "What changed below a root that stays is told after its watches were exchanged",
        arguments: WatchFixture.kernelMethods)
    func nothingMissed(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method) { try Files.makeDirectory($0 + "/x") }
        try fixture.write("x/file")
        fixture.watcher.update(roots: [WatchedRoot(id: "etc", path: Array(fixture.root.utf8))])
        #expect(fixture.isTold())
    }

    @Test("Several roots of one id are told of once") func sameID() throws {
        let folder = try TemporaryFolder()
        for name in ["one", "two"] { try Files.makeDirectory(folder.path + "/" + name) }
        let watcher = try ChangeWatcher(
            roots: ["one", "two"].map { WatchedRoot(id: "both", path: Array((folder.path + "/" + $0).utf8)) })
        for name in ["one", "two"] { try Files.write(folder.path + "/\(name)/file") }
        #expect(watcher.drain().map(\.id) == ["both"])
        #expect(watcher.reports.count == 2)
    }

    @Test(
        "A watcher that is gone has given back what it took of the kernel's limits",
        arguments: WatchFixture.kernelMethods)
    func givenBack(_ method: WatchMethod) throws {
        let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_user_instances", encoding: .utf8)
        // The fixture expects to be watched by the method that it asks for.
        for _ in 0..<min(300, (Int(limit.filter(\.isNumber)) ?? 128) + 20) { _ = try WatchFixture(method) }
    }
}
