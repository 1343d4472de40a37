import Foundation
import Glibc
import Testing

/// A day of the daemon's, compressed: schedules in seconds, directories that another process keeps changing, and a daemon that is killed and
/// stopped at random. Afterwards catalog, repository and files agree.
@Suite("A compressed day", .serialized)
struct CompressedDayTests {
    static let components = """
        docs: { kind: documentation, sources: [docs], schedule: { full: every 20s, incremental: every 5s } }
        conf: { kind: configuration, sources: [conf], schedule: { full: every 1d, change: 'on-change, quiet 200ms' } }
        """

    /// The database is two files that always say the same, except while somebody writes; its freeze keeps the writer away.
    static func database(_ folder: String) -> String {
        """
        db: { kind: database, sources: [db], schedule: { full: every 7s }, hooks: { freeze: [/bin/sh, -c, 'exec 9>\(folder)/lock; flock 9; touch \(folder)/frozen'], thaw: [/bin/rm, -f, \(folder)/frozen] } }
        """
    }

    /// Keeps changing everything until the file `stop` is there.
    static let restless = """
        cd "$1"; number=0
        while [ ! -e "$2/stop" ]; do
            number=$((number + 1))
            echo "$number" > docs/file-$((number % 50)); mkdir -p docs/dir-$((number % 7)); echo x > docs/dir-$((number % 7))/$number
            rm -rf docs/dir-$(((number + 3) % 7))
            echo "$number" > conf/settings.new; mv conf/settings.new conf/settings
            ( flock 9; [ -e "$2/frozen" ] || { echo "$number" > db/left; sleep 0.01; echo "$number" > db/right; } ) 9> "$2/lock"
            sleep 0.05
        done
        """

    @Test("catalog, repository and files agree after kills and restarts at random")
    func day() throws {
        let world = try DaemonPlace(components: Self.components)
        let outside = world.place.scratch.path
        try world.write(components: Self.components + "\n" + Self.database(outside))
        for name in ["docs", "conf", "db"] { _ = try world.folder(name) }
        for name in ["left", "right"] { try world.write("0\n", "db/" + name) }
        let changer = try ChildProcess(["bash", "-c", Self.restless, "bash", world.place.source, outside].map(\.bytes))
        var random = SystemRandomNumberGenerator()
        for round in 0..<6 {
            try world.start()
            usleep(UInt32.random(in: 500_000...6_000_000, using: &random))
            try world.stop(round % 3 == 2 ? SIGTERM : SIGKILL)
        }
        _ = try world.place.scratch.write("", "stop")
        #expect(changer.wait().status == 0)
        try settle(world)
        try agree(world)
        try databaseIsConsistent(world)
    }

    /// Lets the daemon back up what has become quiet.
    private func settle(_ world: DaemonPlace) throws {
        let began = try world.runs().map { $0["id"] }.max() ?? 0
        try world.start()
        try world.wait("the last backups") {
            let since = try world.runs().filter { $0["id"] > began && $0.text("outcome") == "complete" }
            return Set(since.map { $0.text("subject") }) == ["docs", "conf", "db"]
        }
        try #expect(world.stop().way == .exit(0))
    }

    private func agree(_ world: DaemonPlace) throws {
        try world.place.verify("--read-data").mustBe(0)
        let inRepository = Set(try world.place.snapshots().map { $0.text("id") })
        let runs = try world.runs()
        let inCatalog = Set(runs.map(\.snapshot).filter { !$0.isEmpty })
        #expect(inCatalog.subtracting(inRepository) == [], "the catalog tells of snapshots that are not there")
        let cutOff = runs.count { $0.text("outcome") == "interrupted" }
        #expect(inRepository.subtracting(inCatalog).count <= cutOff, "a snapshot that no run tells of")
        #expect(runs.allSatisfy { $0.text("outcome") != "running" })
        // Those whose end nobody could write down are read back.
        let rebuilt = try ChildProcess.run(
            [program, "catalog", "rebuild", "--json"],
            environment: world.place.reading.merging(world.environment) { $1 })
        try rebuilt.mustBe(0)
        #expect(Set(try world.runs().map(\.snapshot).filter { !$0.isEmpty }) == inRepository)
        for component in ["docs", "conf", "db"] {
            let back = try world.place.restored("latest:" + component)
            try ChildProcess.shell("diff -r \"$1\" \"$2\"", world.place.source + "/" + component, back)
        }
        let dues = runs.filter {
            !$0.text("due").isEmpty && ["complete", "covered", "missed"].contains($0.text("outcome"))
        }
        .map { $0.text("job") + $0.text("due") }
        #expect(Set(dues).count == dues.count, "a due time that was dealt with twice")
    }

    /// What was read under the freeze is of one moment, whatever happened to the daemon.
    private func databaseIsConsistent(_ world: DaemonPlace) throws {
        for run in try world.runs("db", "complete") {
            let sides = try ["left", "right"].map { name in
                try ChildProcess.run(
                    [program, "cat", run.snapshot, world.place.source + "/db/" + name], environment: world.place.reading
                ).mustBe(0).text
            }
            #expect(sides[0] == sides[1], "\(run.snapshot)")
        }
    }
}
