import Catalog
import Operations
import Primitives
import Storage
import Strategy
import TestSupport
import Testing

@Suite("What a strategy promises of locks (LOC-3)")
struct PromisedLockTests {
    private func run(_ promised: StorePlan.Immutability, locks: String?) throws -> RunRecord {
        let world = try StrategyWorld(
            store: MemoryStore(locksBy: .system),
            locks: try locks.map { try LockSettings(mode: $0, classes: ["standard=30"]) })
        world.strategy.stores[0].immutability = promised
        return try world.carryOut([world.component("docs")])[0]
    }

    @Test(
        "is kept by what is as firm, or firmer",
        arguments: [
            (StorePlan.Immutability.none, String?.none), (.none, "compliance"), (.governance, "governance"),
            (.governance, "compliance"), (.compliance, "compliance"),
        ]) func kept(_ promised: StorePlan.Immutability, _ locks: String?) throws
    {
        let run = try run(promised, locks: locks)
        #expect(run.outcome == .complete, "\(String(describing: run.failure))")
    }

    @Test(
        "is broken by less: there is a backup, and the run says what is missing",
        arguments: [
            (StorePlan.Immutability.governance, String?.none, "nothing is locked"),
            (.compliance, nil, "nothing is locked"),
            (.compliance, "governance", "governance locks only"),
        ]) func broken(_ promised: StorePlan.Immutability, _ locks: String?, _ said: String) throws
    {
        let run = try run(promised, locks: locks)
        #expect(run.outcome == .partial)
        #expect(run.figures.snapshot != nil)
        #expect(run.failure?.code == .storageMisconfigured)
        #expect(run.failure?.message.contains(said) == true)
        #expect(run.failure?.advice.contains("--mode \(promised.rawValue)") == true)
    }

    @Test("is asked of copies too: a store that cannot lock does not keep it")
    func copies() throws {
        let world = try StrategyWorld(
            store: MemoryStore(locksBy: .system), locks: LockSettings(mode: "compliance", classes: ["standard=30"]))
        _ = try world.carryOut([world.component("docs")])
        var copy = StorePlan(name: "vault", role: .secondary, site: "cellar", location: "memory:copy")
        (copy.copyOf, copy.immutability) = ("primary", .compliance)
        world.strategy.stores.append(copy)
        let run = try UpkeepRun(.copy(copy), at: world.place).carryOut(
            due: nil, attempt: 1, observer: SilentObserver())
        #expect(run.outcome == .partial)
        #expect(run.failure?.code == .storageMisconfigured)
        #expect(run.figures.bytesStored > 0)
    }
}
