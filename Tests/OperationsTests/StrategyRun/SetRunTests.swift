import Catalog
import Glibc
import Operations
import Primitives
import RepositoryEngine
import Strategy
import TestSupport
import Testing

@Suite("A set of components")
struct SetRunTests {
    @Test("shares a timestamp, and each run stands in the catalog with its figures")
    func together() throws {
        let world = try StrategyWorld()
        let runs = try world.carryOut([world.component("docs"), world.component("src", kind: .source)])
        #expect(runs.map(\.outcome) == [.complete, .complete])
        #expect(Set(runs.map(\.stamp)) == [world.stamp.description])
        #expect(try world.catalog.runs().reversed() == runs)
        #expect(runs.allSatisfy { $0.figures.files == 1 && $0.figures.snapshot != nil })
        let tags = try SnapshotCatalog(repository: world.trip.repository).committed.map {
            try $0.record.description(opener: world.trip.opener).tags
        }
        #expect(tags.allSatisfy { $0.contains(world.stamp.tag) })
        #expect(Set(tags.map { $0[1] }) == ["kind=documentation", "kind=source"])
    }

    @Test("is frozen as a whole before anything is read, and thawed in reverse")
    func order() throws {
        let world = try StrategyWorld()
        let runs = try world.carryOut([world.component("a", hooks: true), world.component("b", hooks: true)])
        #expect(runs.map(\.outcome) == [.complete, .complete])
        #expect(
            world.logged == ["freeze a", "freeze b", "thaw b", "thaw a", "after a complete", "after b complete"])
        #expect(try world.catalog.frozen().isEmpty)
    }

    @Test("a freeze that fails is thawed, fails its component only, and says what the command said")
    func failingFreeze() throws {
        let world = try StrategyWorld()
        var broken = world.component("broken", hooks: true)
        broken.hooks.freeze = ["/bin/sh", "-c", "echo cannot reach the server >&2; exit 3"]
        let runs = try world.carryOut([broken, world.component("whole", hooks: true)])
        #expect(runs.map(\.outcome) == [.failed, .complete])
        #expect(runs[0].failure?.code == .hookFailed)
        #expect(runs[0].failure?.message.contains("status 3. It said: cannot reach the server") == true)
        #expect(world.logged.filter { $0.hasPrefix("thaw") } == ["thaw broken", "thaw whole"])
        #expect(world.logged.contains("after broken failed"))
    }

    @Test("a command that hangs is killed with all it started, and what was frozen is thawed")
    func hangingFreeze() throws {
        let world = try StrategyWorld()
        var hanging = world.component("hanging", hooks: true)
        hanging.hooks.freeze = ["/bin/sh", "-c", "sleep 1000 & wait"]
        hanging.hooks.timeout = .seconds(2)
        let runs = try world.carryOut([hanging])
        #expect(runs[0].outcome == .failed)
        #expect(runs[0].failure?.message.contains("took too long and was killed") == true)
        #expect(world.logged.contains("thaw hanging"))
    }

    @Test("a freeze that lasts too long is ended, and the snapshot is called partial")
    func longFreeze() throws {
        let world = try StrategyWorld()
        var slow = world.component("slow", hooks: true)
        slow.hooks.longestFreeze = .seconds(0)
        var other = world.component("other", hooks: true)
        // Between the first freeze and the reading.
        other.hooks.freeze = ["/bin/sh", "-c", "while ! grep -q 'thaw slow' \"$0\"; do sleep 0.02; done", world.log]
        let runs = try world.carryOut([slow, other])
        #expect(runs[0].outcome == .partial)
        #expect(runs[0].failure?.message.contains("no single moment") == true)
        #expect(runs[1].outcome == .complete)
        #expect(world.logged.filter { $0 == "thaw slow" }.count == 1)
    }

    @Test("a thaw that fails makes the run partial, and stays in the catalog until it succeeds")
    func failingThaw() throws {
        let world = try StrategyWorld()
        var stuck = world.component("stuck", hooks: true)
        stuck.hooks.thaw = ["/bin/sh", "-c", "test -e \"$0\"", world.trip.folder.path + "/now"]
        let runs = try world.carryOut([stuck])
        #expect(runs[0].outcome == .partial)
        #expect(try world.catalog.frozen().map(\.component) == ["stuck"])
        world.trip.write("../now", [])
        #expect(try Thaw.leftovers(world.catalog).isEmpty)
        #expect(try world.catalog.frozen().isEmpty)
    }

    @Test("a source that is missing fails its component, and not the others")
    func missingSource() throws {
        let world = try StrategyWorld()
        var gone = world.component("gone")
        gone.sources = [Array("/nonexistent/gone".utf8)]
        let runs = try world.carryOut([gone, world.component("here")])
        #expect(runs.map(\.outcome) == [.failed, .complete])
        #expect(runs[0].failure?.code == .sourceMissing)
    }
}
