import Primitives
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// What is below `sweeps/` does not grow for ever, and nobody forgets what was removed.
@Suite("A floor below collections") struct FloorTests {
    private let store = MemoryStore()
    private let time = Timestamp(nanoseconds: 5)

    private func pack(_ number: UInt64) -> SweepRecord.Object {
        SweepRecord.Object(kind: .data, digest: Digest32(a: number, b: 0, c: 0, d: 0), size: 9)
    }

    private func write(_ number: UInt64, _ step: SweepStep, _ objects: [SweepRecord.Object] = []) throws {
        let record = SweepRecord(number, step, at: time, objects)
        _ = try store.put(record.encoded(), as: Names.sweep(number, step), .immediate)
    }

    /// Generation n removes pack n, all in order.
    private func generations(_ numbers: ClosedRange<UInt64>) throws {
        for number in numbers {
            for step in [SweepStep.begin, .condemned, .sweep, .pardoned, .replaced, .done] {
                try write(number, step, step == .condemned ? [pack(number)] : [])
            }
        }
    }

    private func thin(_ number: UInt64) throws {
        try Thinning(store: store, checkpoint: {}).run(upTo: number, keeping: 4, at: time)
    }

    @Test("takes the steps of earlier generations away, and what they removed stays removed") func thins() throws {
        try generations(1...4)
        try thin(4)
        #expect(try store.names(below: Names.sweeps).count == 24, "it thinned where there was little")
        try generations(5...6)
        let before = try Sweeps(store: store).dead
        try thin(6)
        let after = try Sweeps(store: store)
        #expect(try store.names(below: Names.sweeps).count == 7)
        #expect(after.dead == before && before.count == 6 && after.newest == 6 && after.settled == 6)
        try generations(7...12)
        try thin(12)
        #expect(try Sweeps(store: store).dead.count == 12)
        #expect(try store.names(below: Names.sweeps).count == 7)
    }

    @Test("counts with whatever is left of steps below it, whoever died while they were taken away") func interrupted()
        throws
    {
        try generations(1...6)
        let before = try Sweeps(store: store).dead
        try write(6, .floor, before.map { SweepRecord.Object(kind: .data, digest: $0, size: 0) })
        for name in try store.names(below: Names.sweeps) where name.path < Names.sweep(6, .begin).path {
            try store.remove(name)
            let now = try Sweeps(store: store)
            #expect(now.dead == before && now.settled == 6, "after \(name)")
        }
    }

    @Test("stops a backup that slept also where its own generation condemned nothing") func emptyGeneration() throws {
        try generations(1...2)
        let began = try Sweeps(store: store)
        var sleeper = Reliance(sweeps: began, packs: [pack(40).digest], isComplete: false)
        try generations(3...7)
        for step in [SweepStep.begin, .condemned, .sweep, .pardoned, .replaced, .done] { try write(8, step) }
        try thin(8)
        let now = try Sweeps(store: store, knowing: began)
        #expect(now.floor == 8 && sleeper.isOvertaken(by: now))
        sleeper.heedsFloors = false
        #expect(!sleeper.isOvertaken(by: now), "nothing but the floor tells it")
    }

    /// Otherwise what was pardoned would count as removed, and a collection would be stopped by what it takes for forged steps.
    @Test("takes a generation for whole only with its pardon", arguments: [true, false])
    func readWhileThinned(_ isBelowFloor: Bool) throws {
        for number in UInt64(1)...2 {
            for step in [SweepStep.begin, .condemned, .sweep, .pardoned, .replaced, .done] {
                let objects: [SweepStep: [SweepRecord.Object]] = [
                    .condemned: [pack(number), pack(70)], .pardoned: [pack(70)],
                ]
                try write(number, step, objects[step] ?? [])
            }
        }
        let dead = try Sweeps(store: store).dead
        if isBelowFloor { try write(2, .floor, [pack(1), pack(2)]) }
        let isTaken = Monitor(false)
        let thinned = InterposedStore(store) { [self] request, name in
            guard request == .size, name == Names.sweep(1, .pardoned), isTaken.withLock({ !$0 }) else { return }
            isTaken.update { $0 = true }
            let floor = SweepRecord(2, .floor, at: time, [pack(1), pack(2)])
            _ = try store.put(floor.encoded(), as: Names.sweep(2, .floor), .immediate)
            for step in [SweepStep.begin, .condemned, .pardoned] { try store.remove(Names.sweep(1, step)) }
        }
        #expect(try Sweeps(store: thinned).dead == dead)
        #expect(isTaken.withLock { $0 }, "nothing was taken away")
    }

    @Test("hides nothing that is there: one that was forged only adds") func forged() throws {
        try generations(1...3)
        for step in [SweepStep.condemned, .pardoned, .floor] { try write(9, step) }
        #expect(try Sweeps(store: store).dead.count == 3)
    }

    @Test("keeps a backup from committing that slept through what it took away") func sleeper() throws {
        try generations(1...2)
        let began = try Sweeps(store: store)
        let complete = Reliance(sweeps: began, packs: [pack(40).digest], isComplete: true)
        let partial = Reliance(sweeps: began, packs: [pack(40).digest], isComplete: false)
        let relying = Reliance(sweeps: began, packs: [pack(4).digest], isComplete: true)
        #expect(!partial.isOvertaken(by: began))
        try generations(3...8)
        try thin(8)
        let now = try Sweeps(store: store, knowing: began)
        #expect(partial.isOvertaken(by: now) && relying.isOvertaken(by: now) && !complete.isOvertaken(by: now))
        #expect(now.condemnsAnything(after: 2) && !now.condemnsAnything(after: 8))
        #expect(!Reliance(sweeps: now, packs: [], isComplete: false).isOvertaken(by: now))
    }
}
