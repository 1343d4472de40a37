import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// What happens where the kernel's limits are.
@Suite struct WatchLimitTests {
    private func settings(_ change: (inout WatchSettings) -> Void) -> WatchSettings {
        var settings = WatchSettings()
        settings.pollInterval = .milliseconds(20)
        change(&settings)
        return settings
    }

    private func makeMany(_ root: String, _ count: Int) throws {
        for number in 0..<count { try Files.makeDirectory(root + "/d\(number)") }
    }

    /// Waits for as long as it takes.
    private func hear(_ watcher: ChangeWatcher) -> Set<ChangedRoot.Cause> {
        (watcher.next(timeout: .seconds(120)) ?? []).reduce(into: []) { $0.formUnion($1.causes) }
    }

    @Test(
        "More notifications than the kernel keeps are one change, and everything is watched afterwards",
        arguments: WatchFixture.kernelMethods)
    func overflow(_ method: WatchMethod) throws {
        let fixture = try WatchFixture(method)
        let limit = try String(contentsOfFile: "/proc/sys/fs/\(method.rawValue)/max_queued_events", encoding: .utf8)
        let count = (Int(limit.filter(\.isNumber)) ?? 16384) + 100
        for number in 0..<count {
            if number % 1000 == 0 {
                try FileManager.default.createDirectory(
                    atPath: fixture.path("d\(number)/x"), withIntermediateDirectories: true)
            }
            try fixture.write("f\(number)")
        }
        try FileManager.default.createDirectory(atPath: fixture.path("late/x"), withIntermediateDirectories: true)
        let told = fixture.watcher.drain()
        #expect(told.count == 1 && told.first?.causes.contains(.overflow) == true)
        #expect(!fixture.isTold())
        for place in ["d0/x", "d16000/x", "late/x"] {
            try fixture.write(place + "/file")
            #expect(fixture.causes() == [.change], "\(place)")
        }
    }

    @Test("After an overflow directories that went meanwhile are forgotten, and others of their names watched")
    func overflowForgets() throws {
        let fixture = try WatchFixture(.inotify) { try makeMany($0, 50) }
        for round in 0..<6 {
            for number in 0..<50 { try fixture.remove("d\(number)") }
            for number in 0..<50 { try fixture.makeDirectory("d\(number)") }
            for number in 0..<3000 { try fixture.write("f\(round)-\(number)") }
        }
        #expect(fixture.causes().contains(.overflow))
        for number in 0..<50 {
            try fixture.write("d\(number)/file")
            #expect(fixture.isTold())
        }
        #expect(
            fixture.watcher.reports.first?.sentence
                == "\(fixture.root): the kernel tells of changes in 51 directories (inotify).")
    }

    @Test("Where watches are used up a tree is polled, and that is said") func usedUp() throws {
        let folder = try TemporaryFolder()
        try makeMany(folder.path, 40)
        var settings = settings { $0.watchLimit = 20 }
        settings.method = .inotify
        let watcher = try ChangeWatcher(
            roots: [WatchedRoot(id: "x", path: Array(folder.path.utf8))], settings: settings)
        let report = try #require(watcher.reports.first)
        #expect(report.method == .polling)
        #expect(
            report.sentence
                == "\(folder.path): looked through every 1 s, because the kernel allows this user no more watches; raise them: sysctl fs.inotify.max_user_watches=1048576."
        )
        #expect(hear(watcher) == [.rewatched], "what changed during the first look is not known")
        try Files.write(folder.path + "/d39/file")
        #expect(hear(watcher) == [.change])
    }

    @Test("Watches that are used up while watching make it polling from then on") func usedUpLater() throws {
        let fixture = try WatchFixture(.inotify, settings: settings { $0.watchLimit = 20 })
        for number in 0..<40 { try fixture.makeDirectory("d\(number)") }
        #expect(fixture.causes().contains(.rewatched))
        #expect(fixture.watcher.reports.map(\.method) == [.polling])
        while hear(fixture.watcher) != [.rewatched] {}
        try fixture.write("d39/file")
        #expect(hear(fixture.watcher) == [.change])
    }

    @Test("A limit that one root has reached leaves the others as they are") func othersStay() throws {
        let folder = try TemporaryFolder()
        for name in ["small", "large"] { try Files.makeDirectory(folder.path + "/" + name) }
        try makeMany(folder.path + "/large", 40)
        var settings = settings { $0.watchLimit = 20 }
        settings.method = .inotify
        let watcher = try ChangeWatcher(
            roots: ["small", "large"].map { WatchedRoot(id: $0, path: Array((folder.path + "/" + $0).utf8)) },
            settings: settings)
        #expect(watcher.reports.map(\.id) == ["large", "small"])
        #expect(watcher.reports.map(\.method) == [.polling, .inotify])
    }

    @Test("Where no instance is to be had it is polled, and that is said") func noInstance() throws {
        let folder = try TemporaryFolder()
        var settings = settings { $0.mayOpenInotify = false }
        settings.method = .inotify
        let watcher = try ChangeWatcher(
            roots: [WatchedRoot(id: "x", path: Array(folder.path.utf8))], settings: settings)
        let sentence = try #require(watcher.reports.first?.sentence)
        #expect(sentence.hasSuffix("no more inotify instances; raise them: sysctl fs.inotify.max_user_instances=512."))
    }
}
