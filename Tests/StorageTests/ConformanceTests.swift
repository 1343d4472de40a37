import Primitives
import Storage
import StorageConformance
import TestSupport
import Testing

@Suite struct ConformanceTests {
    private func run(_ store: any ObjectStore) -> ConformanceSuite.Report {
        var effort = ConformanceSuite.Effort()
        effort.rounds = Soak.count(4, full: 200)
        effort.bigObjectBytes = Soak.count(6 << 20, full: 300 << 20)
        effort.lockSeconds = 2
        return ConformanceSuite(store: store, below: "conformance", effort: effort).run()
    }

    @Test func aStoreInMemory() {
        let report = run(MemoryStore())
        #expect(report.findings == [])
        #expect(report.rules.count > 20)
    }

    @Test func aStoreInMemoryThatLocks() {
        let report = run(MemoryStore(locksBy: .system))
        #expect(report.findings == [])
        #expect(report.rules.count == run(MemoryStore()).rules.count + 8)
    }

    /// Locks end by the clock, so all are tried at once.
    @Test func aStoreThatLocksBadlyIsFoundOut() {
        let unnoticed = Monitor<[FaultyLocks.Fault]>([])
        let threads = WorkerThreads()
        for fault in FaultyLocks.Fault.allCases {
            threads.start(stackSize: 8 << 20) {
                if run(FaultyLocks(fault)).isClean { unnoticed.update { $0.append(fault) } }
            }
        }
        threads.joinAll()
        #expect(unnoticed.withLock { $0 } == [])
    }

    @Test func aStoreInADirectory() throws {
        let folder = try TemporaryFolder()
        #expect(run(try DirectoryStore.create(at: folder.path + "/store")).findings == [])
        #expect(try folder.everything.filter { $0.hasPrefix("store/tmp/") } == [], "temporary files are left")
    }

    @Test func rulesHaveNamesOfTheirOwn() {
        let rules = run(MemoryStore()).rules
        #expect(Set(rules).count == rules.count)
    }

    // A suite that finds nothing proves nothing before it has found something.

    @Test(arguments: FaultyStore.Fault.allCases) func aBrokenStoreIsFoundOut(_ fault: FaultyStore.Fault) {
        let report = run(FaultyStore(fault))
        #expect(!report.isClean, "nobody noticed that the store \(fault)")
        #expect(report.rules.count == run(MemoryStore()).rules.count, "the first finding ended the run")
    }
}

/// A store in memory with one thing wrong.
final class FaultyStore: ObjectStore {
    enum Fault: CaseIterable {
        case overwrites, losesAnswer, readsShort, wrongSize, listsNothing, listsNeighbours, leavesStaged,
            failsBeyondTheEnd, removesNothing, removesNeighbours, missesRemoved
    }

    private let fault: Fault
    private let inner = MemoryStore()

    init(_ fault: Fault) { self.fault = fault }

    var location: String { "faulty" }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        if fault == .overwrites { inner.tamper(name, with: nil) }
        let outcome = try inner.put(bytes, as: name, durability)
        return fault == .losesAnswer ? .created : outcome
    }

    func stage() throws -> any StagedObject {
        fault == .leavesStaged ? LeakyStage(try inner.stage(), inner) : try inner.stage()
    }

    func flush() throws {}

    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let filled = try inner.read(name, at: offset, into: buffer)
        if fault == .failsBeyondTheEnd, filled == 0, buffer.count > 0 {
            throw Failure.damaged(name, "has no such range")
        }
        return fault == .readsShort ? min(filled, 8192) : filled
    }

    func size(of name: ObjectName) throws -> Int64? {
        try inner.size(of: name).map { fault == .wrongSize && $0 > 4096 ? $0 + 1 : $0 }
    }

    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        switch fault {
        case .listsNothing: break
        case .listsNeighbours: try inner.list(below: "") { if $0.path.hasPrefix(prefix) { try body($0, $1) } }
        default: try inner.list(below: prefix, body)
        }
    }

    func remove(_ name: ObjectName) throws {
        switch fault {
        case .removesNothing: break
        case .removesNeighbours: for other in try inner.names(below: name.path) + [name] { try inner.remove(other) }
        case .missesRemoved:
            guard try inner.size(of: name) != nil else { throw Failure.objectMissing(name, in: location) }
            try inner.remove(name)
        default: try inner.remove(name)
        }
    }

    func removeAbandoned() throws -> Int { 0 }
}

private final class LeakyStage: StagedObject {
    private let inner: any StagedObject
    private let store: MemoryStore
    init(_ inner: any StagedObject, _ store: MemoryStore) { (self.inner, self.store) = (inner, store) }
    func append(_ bytes: UnsafeRawBufferPointer) throws { try inner.append(bytes) }
    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try inner.finish(as: name, durability)
    }
    func abandon() { _ = try? store.put([], as: ObjectName("left/\(SealedObjectID.random().hex)"), .immediate) }
}
