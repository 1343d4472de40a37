import Foundation
import Glibc
import Testing

@Suite("The daemon")
struct DaemonTests {
    static let docs =
        "docs: { kind: documentation, sources: [docs], schedule: { full: every 1d, change: 'on-change, quiet 200ms' } }"

    @Test("catches up what is due at its start, and backs up what changes from then on")
    func onChange() throws {
        let world = try DaemonPlace(components: Self.docs)
        _ = try world.folder("docs")
        try world.write("first", "docs/a")
        try world.start()
        try world.wait("the first backup") { try !world.runs("docs", "complete").isEmpty }
        try world.write("second", "docs/b")
        try world.wait("a backup of the change") {
            try world.runs("docs", "complete").contains { $0.text("mode") == "change" }
        }
        try #expect(world.stop().way == .exit(0))
        let back = try world.place.restored()
        #expect(try String(contentsOfFile: back + "/b", encoding: .utf8) == "second")
    }

    @Test("components that are due at the same moment are one set")
    func sets() throws {
        let world = try DaemonPlace(
            components: """
                docs: { kind: documentation, sources: [docs], schedule: { full: every 5s } }
                src: { kind: source, sources: [src], schedule: { incremental: every 5s } }
                """)
        for name in ["docs", "src"] {
            _ = try world.folder(name)
            try world.write(name, name + "/file")
        }
        try world.start()
        try world.wait("three sets of two") { try world.runs("src", "complete").count >= 3 }
        try world.stop()
        let sets = Dictionary(grouping: try world.runs().filter { $0.text("outcome") == "complete" }) { $0.text("set") }
        #expect(sets.values.filter { Set($0.map { $0.text("subject") }) == ["docs", "src"] }.count >= 2, "\(sets)")
        let dues = try world.runs("src").map { $0.text("due") }.filter { !$0.isEmpty }
        #expect(Set(dues).count == dues.count, "no due time twice")
    }

    @Test("a run that was cut off by a kill is named, and gone on with")
    func killed() throws {
        let world = try DaemonPlace(components: Self.docs)
        let folder = try world.folder("docs")
        try ChildProcess.shell("head -c 80000000 /dev/urandom > noise", directory: folder)
        try world.start()
        try waitUntil("the backup has begun") {
            try FileStatus.files(below: world.place.home).contains { $0.contains("/journals/") }
        }
        #expect(try world.stop(SIGKILL).way == .signal(SIGKILL))
        #expect(try world.runs("docs").map { $0.text("outcome") } == ["running"])
        try world.start()
        try world.wait("the backup") { try !world.runs("docs", "complete").isEmpty }
        try world.stop()
        #expect(try world.runs("docs", "interrupted").count == 1)
        try world.place.verify("--read-data").mustBe(0)
    }

    @Test("what was frozen is thawed when the daemon is killed")
    func thawed() throws {
        let thaw =
            "docs: { kind: documentation, sources: [docs], schedule: { full: every 1d }, hooks: { freeze: [/bin/sh, -c, 'echo frozen > state; exec sleep 8'], thaw: [/bin/sh, -c, 'echo thawed > state'] } }"
        let world = try DaemonPlace(components: thaw.replacing("state", with: "STATE"))
        let state = world.place.scratch.path + "/state"
        try world.write(components: thaw.replacing(" state", with: " " + state))
        _ = try world.folder("docs")
        try world.start()
        func text() -> String { (try? String(contentsOfFile: state, encoding: .utf8)) ?? "" }
        try world.wait("the freeze") { text() == "frozen\n" }
        try world.stop(SIGKILL)
        // By its guard, which nobody has to start.
        try waitUntil("it is thawed") { text() == "thawed\n" }
    }

    @Test("a freeze that writes below what is watched brings no further backup")
    func noLoop() throws {
        let world = try DaemonPlace(
            components:
                "db: { kind: database, sources: [db], schedule: { full: every 1d, change: 'on-change, quiet 200ms' }, hooks: { freeze: [/bin/sh, -c, 'date +%N > FOLDER/db/dump'] } }"
        )
        try world.write(
            components:
                "db: { kind: database, sources: [db], schedule: { full: every 1d, change: 'on-change, quiet 200ms' }, hooks: { freeze: [/bin/sh, -c, 'date +%N > \(world.place.source)/db/dump'] } }"
        )
        _ = try world.folder("db")
        try world.start()
        try world.wait("the first backup") { try !world.runs("db", "complete").isEmpty }
        usleep(1_000_000)
        try world.write("x", "db/file")
        try world.wait("a backup of the change") {
            try world.runs("db", "complete").contains { $0.text("mode") == "change" }
        }
        usleep(3_000_000)
        try world.stop()
        #expect(try world.runs("db", "complete").count <= 3)
    }

    @Test("a run by hand that was killed is named by the next one, and a daemon leaves one that is alive alone")
    func runByHand() throws {
        let slow =
            "docs: { kind: documentation, sources: [docs], schedule: { full: every 1d }, hooks: { freeze: [/bin/sh, -c, 'until [ -e GO ] || [ ! -e HOME ]; do sleep 0.1; done'] } }"
        let world = try DaemonPlace(components: slow)
        let go = world.place.scratch.path + "/go"
        try world.write(components: slow.replacing("GO", with: go).replacing("HOME", with: world.place.home))
        _ = try world.folder("docs")
        let words = [program, "run", "--strategy", world.strategyFile].map(\.bytes)
        let killed = try ChildProcess(words, environment: world.environment)
        try waitUntil("it runs") { (try? world.runs("docs", "running").count) == 1 }
        killed.signal(SIGKILL)
        // Its freeze goes on, and holds what tells of its end.
        _ = try world.place.scratch.write("", "go")
        _ = killed.wait()
        unlink(go)
        let alive = try ChildProcess(words, environment: world.environment)
        try waitUntil("the other one is named") {
            try world.runs("docs", "running").count == 1 && world.runs("docs", "interrupted").count == 1
        }
        #expect(try !world.start().ends(within: 3000))
        #expect(!alive.ends(within: 0))
        _ = try world.place.scratch.write("", "go")
        #expect(alive.wait().status == 0)
        #expect(try world.runs("docs", "interrupted").count == 1)
        try world.stop()
    }

    @Test(
        "ends when it is told to, whatever its clock says meanwhile",
        .enabled(if: Faults.isAvailable, Faults.reason), arguments: ["86400", "-86400"])
    func clock(ahead: String) throws {
        let world = try DaemonPlace(components: Self.docs)
        _ = try world.folder("docs")
        // What waits for a moment of this clock by the kernel's would wait for a day.
        try world.start(try Faults.environment(["FAULT_CLOCK": ahead]))
        try world.wait("the first backup") { try !world.runs("docs", "complete").isEmpty }
        #expect(try world.stop().status == 0)
    }

    @Test("only one runs with the same state")
    func alone() throws {
        let world = try DaemonPlace(components: Self.docs)
        _ = try world.folder("docs")
        try world.start()
        try world.wait("the first backup") { try !world.runs("docs").isEmpty }
        let second = try ChildProcess.run(
            [program, "daemon", "--strategy", world.strategyFile], environment: world.environment)
        #expect(second.way == .exit(13), second.said)
        #expect(second.errorText.contains("Another Safehold daemon"))
    }

    @Test("a failure is told to whom the strategy names, and so is its end")
    func told() throws {
        let world = try DaemonPlace(
            components: "docs: { kind: documentation, sources: [docs], schedule: { full: every 3s } }")
        try world.start()
        try world.wait("the message") { world.messages.contains { $0.hasPrefix("backup.failed") } }
        _ = try world.folder("docs")
        try world.wait("the message that it is over") {
            (try? String(contentsOfFile: world.told + ".text", encoding: .utf8))?.contains("over") == true
        }
        try world.stop()
        #expect(try !world.runs("docs", "failed").isEmpty)
    }

    @Test("a strategy that was changed is followed after SIGHUP, and a wrong one is not")
    func reload() throws {
        let world = try DaemonPlace(components: Self.docs)
        for name in ["docs", "src"] { _ = try world.folder(name) }
        try world.start()
        try world.wait("the first backup") { try !world.runs("docs", "complete").isEmpty }
        try world.write(components: Self.docs + "\nsrc: { kind: nonsense, sources: [src] }")
        world.daemon?.signal(SIGHUP)
        try world.wait("the complaint") { world.messages.contains { $0.hasPrefix("daemon.trouble") } }
        try world.write(components: Self.docs + "\nsrc: { kind: source, sources: [src], schedule: { full: every 1d } }")
        world.daemon?.signal(SIGHUP)
        try world.wait("the new component's backup") { try !world.runs("src", "complete").isEmpty }
        try world.stop()
        let reviews = try ChildProcess.run([program, "review", "list", "--json"], environment: world.environment)
        #expect(try reviews.mustBe(0).lines().contains { $0.text("reason").contains("src") }, reviews.said)
    }

    @Test("a damaged catalog is put aside, and backups go on")
    func damagedCatalog() throws {
        let world = try DaemonPlace(components: Self.docs)
        _ = try world.folder("docs")
        try ChildProcess.shell(
            "echo 'no database, but some text that is long enough to be taken for one' > \"$1\"",
            world.place.home + "/catalog.sqlite")
        try world.start()
        try world.wait("the old catalog, put aside") {
            try FileStatus.files(below: world.place.home).contains { $0.hasPrefix("catalog.sqlite.damaged-") }
        }
        try world.wait("a backup") { try !world.runs("docs", "complete").isEmpty }
        try world.stop()
    }

    @Test("tells the service manager that it is ready, alive and going")
    func serviceManager() throws {
        let world = try DaemonPlace(components: Self.docs)
        _ = try world.folder("docs")
        let path = world.place.scratch.path + "/notify"
        let heard = world.place.scratch.path + "/heard"
        let listener = try ChildProcess(
            [
                "python3", "-c",
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind(sys.argv[1])
                while True:
                    m = s.recv(4096).decode()
                    with open(sys.argv[2], "a") as heard: print(m, file=heard)
                    if "STOPPING=1" in m: break
                """, path, heard,
            ].map(\.bytes))
        func said() -> String { (try? String(contentsOfFile: heard, encoding: .utf8)) ?? "" }
        try waitUntil("somebody listens") { FileStatus.exists(path) }
        try world.start(["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "1000000"])
        try world.wait("the first backup") { try !world.runs("docs", "complete").isEmpty }
        try world.wait("it says that it is alive") { said().contains("WATCHDOG=1") }
        try world.stop()
        _ = listener.wait()
        #expect(said().contains("READY=1") && said().contains("STOPPING=1"), "\(said())")
    }
}
