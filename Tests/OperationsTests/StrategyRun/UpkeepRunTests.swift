import Catalog
import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

@Suite("Upkeep of stores")
struct UpkeepRunTests {
    let world: StrategyWorld
    let primary: StorePlan

    init() throws {
        world = try StrategyWorld()
        primary = world.strategy.stores[0]
        _ = try world.carryOut([world.component("docs")])
    }

    func passphraseFile() -> String {
        world.trip.write("../passphrase", Array("a passphrase for tests\n".utf8), mode: 0o600)
        return world.trip.folder.path + "/passphrase"
    }

    func run(_ task: UpkeepTask) throws -> RunRecord {
        try UpkeepRun(task, at: world.place).carryOut(due: nil, attempt: 1, observer: SilentObserver())
    }

    @Test("a copy is begun, and has what its source has")
    func copy() throws {
        var copy = StorePlan(name: "vault", role: .secondary, site: "cellar", location: "memory:copy")
        copy.copyOf = "primary"
        world.strategy.stores.append(copy)
        let run = try run(.copy(copy))
        #expect(run.outcome == .complete, "\(String(describing: run.failure))")
        #expect(run.figures.bytesStored > 0)
        let there = try Repository.open(try #require(world.copies["memory:copy"]))
        #expect(try SnapshotCatalog(repository: there).committed.count == 1)
        #expect(try world.catalog.runs(subject: "vault") == [run])
    }

    @Test("a verification finds a damaged byte, without a key by the object's name and with one by what is in it")
    func verify() throws {
        #expect(try run(.verify(primary)).outcome == .complete)
        let pack = try #require(try world.trip.store.names(below: "packs").first)
        try world.trip.flip(pack, at: 100)
        #expect(try run(.verify(primary)).failure?.code == .objectDamaged)
        world.strategy.upkeep.passphraseFile = passphraseFile()
        let run = try run(.verify(primary))
        #expect(run.outcome == .failed)
        #expect(run.failure?.code == .objectDamaged)
        #expect(try world.catalog.lines(of: run.id).contains { $0.text.contains(pack.path) })
    }

    @Test("what a verification finds damaged is brought back from a copy, and told; from a copy that has it whole only")
    func mended() throws {
        var copy = StorePlan(name: "vault", role: .secondary, site: "cellar", location: "memory:copy")
        copy.copyOf = "primary"
        world.strategy.stores.append(copy)
        #expect(try run(.copy(copy)).outcome == .complete)
        let packs = try world.trip.store.names(below: "packs")
        let pack = try #require(packs.first)
        try world.trip.flip(pack, at: 100)
        let mended = try run(.verify(primary))
        #expect(mended.outcome == .partial && mended.failure?.code == .objectDamaged)
        #expect(mended.failure?.message.contains("brought all of them back from vault") == true)
        #expect(try run(.verify(primary)).outcome == .complete)
        #expect(try world.trip.store.names(below: "damaged").count == 1)

        let there = try #require(world.copies["memory:copy"])
        try there.remove(pack)
        try world.trip.flip(pack, at: 100)
        let left = try run(.verify(primary))
        #expect(left.outcome == .failed && left.failure?.message.contains("0 were brought back") == true)
    }

    @Test("dropping snapshots without a key fails, and says what is missing")
    func withoutKey() throws {
        let run = try run(.forget(primary))
        #expect(run.outcome == .failed)
        #expect(run.failure?.code == .passphraseMissing)
    }

    @Test("each component is dropped from by its own rules")
    func forget() throws {
        var short = world.component("short")
        short.retention = RetentionPolicy(last: 1)
        world.strategy.components[1] = short
        world.strategy.components[0].retention = RetentionPolicy(last: 3)
        for _ in 0..<3 { _ = try world.carryOut([world.strategy.components[0], short]) }
        world.strategy.upkeep.passphraseFile = passphraseFile()
        #expect(try run(.forget(primary)).outcome == .complete)
        let left = try SnapshotCatalog(repository: world.trip.repository).committed.map {
            try $0.record.description(opener: world.trip.opener).component
        }
        #expect(left.filter { $0 == "docs" }.count == 3)
        #expect(left.filter { $0 == "short" }.count == 1)
    }

    @Test("a catalog that was lost knows the runs again, once")
    func rebuild() throws {
        _ = try world.carryOut([world.component("src", kind: .source)], mode: .incremental)
        let fresh = try CatalogDatabase(path: world.trip.folder.path + "/fresh.sqlite")
        func rebuild() throws -> CatalogRebuild.Report {
            try CatalogRebuild.run(
                permit: Permit(owner: "test"), repository: world.trip.repository, opener: world.trip.opener,
                catalog: fresh)
        }
        #expect(try rebuild().added == 2)
        #expect(try rebuild() == CatalogRebuild.Report(added: 0, known: 2, unopened: 0))
        let (old, new) = (try world.catalog.runs(), try fresh.runs())
        #expect(Set(new.map(\.figures.snapshot)) == Set(old.map(\.figures.snapshot)))
        #expect(new.map(\.stamp) == old.map(\.stamp))
        #expect(new.map(\.subject) == old.map(\.subject))
    }
}
