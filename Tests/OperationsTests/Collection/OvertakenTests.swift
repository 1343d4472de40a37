import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

/// Whole collections at every moment of a real backup that would use again what they remove.
@Suite("A backup that a collection overtakes") struct OvertakenTests {
    private func noise(_ seed: UInt8) -> [UInt8] {
        var state = UInt64(seed) &+ 77
        return (0..<200_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }

    /// The host's newest snapshot is dropped, so that all its host remembers of the file is about to go.
    private func prepared() throws -> CollectedTrip {
        let trip = try CollectedTrip()
        trip.write("stays", noise(1))
        _ = try trip.backup()
        trip.write("goes", noise(2))
        try trip.drop(try trip.backup())
        return trip
    }

    @Test("ends with a snapshot that restores, at whatever request the collection comes") func everyMoment() throws {
        let counting = try prepared()
        let counted = InterruptedStore(counting.store, at: .max) {}
        _ = try counting.backup(on: counted)
        #expect(counted.count > 10)
        for number in 0..<Soak.count(9, full: counted.count) {
            let moment = Soak.isOn ? number : counted.count - 1 - number * counted.count / 9
            let trip = try prepared()
            let store = InterruptedStore(trip.store, at: moment) { _ = try trip.collect(ignoringBackups: true) }
            let snapshot = try trip.backup(on: store)
            try trip.expectRestores(snapshot, ["stays": noise(1), "goes": noise(2)])
            _ = try trip.collect()
            try trip.expectRestores(snapshot, ["stays": noise(1), "goes": noise(2)])
            let report = try trip.verify()
            #expect(report.isIntact, "at request \(moment): \(report.findings.map { "\($0.object) \($0.problem)" })")
        }
    }

    @Test("is waited for, and so is not overtaken where nobody is in a hurry") func waitedFor() throws {
        let trip = try prepared()
        let store = InterruptedStore(trip.store, before: "manifest") {
            #expect(throws: Failure.self) { try trip.collect() }
        }
        _ = try trip.backup(on: store)
        #expect(store.hasFired)
        #expect(try Sweeps(store: trip.store).newest == 0)
        _ = try trip.collect()
        #expect(try trip.verify().isIntact)
    }
}

/// Does something else before one of its requests.
final class InterruptedStore: ObjectStore {
    private let inner: MemoryStore
    private let moment: Int
    private let name: Substring?
    private let interruption: @Sendable () throws -> Void
    private let state = Monitor<(count: Int, hasFired: Bool)>((0, false))

    init(
        _ inner: MemoryStore, at moment: Int = 0, before name: Substring? = nil,
        _ interruption: @escaping @Sendable () throws -> Void
    ) {
        (self.inner, self.moment, self.name, self.interruption) = (inner, moment, name, interruption)
    }

    var count: Int { state.withLock { $0.count } }
    var hasFired: Bool { state.withLock { $0.hasFired } }
    var location: String { inner.location }

    private func step(_ object: ObjectName? = nil) throws {
        let fires = state.withLock { state -> Bool in
            state.count += 1
            guard !state.hasFired, state.count > moment, name == nil || object?.lastComponent == name else {
                return false
            }
            state.hasFired = true
            return true
        }
        if fires { try interruption() }
    }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try step(name)
        return try inner.put(bytes, as: name, durability)
    }
    func stage() throws -> any StagedObject { InterruptedStage(self) }
    func flush() throws { try step() }
    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try inner.read(name, at: offset, into: buffer)
    }
    func size(of name: ObjectName) throws -> Int64? {
        try step()
        return try inner.size(of: name)
    }
    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try step()
        try inner.list(below: prefix, body)
    }
    func remove(_ name: ObjectName) throws { try inner.remove(name) }
    func removeAbandoned() throws -> Int { 0 }
}

private final class InterruptedStage: StagedObject {
    private let store: InterruptedStore
    private var bytes: [UInt8] = []
    init(_ store: InterruptedStore) { self.store = store }
    func append(_ piece: UnsafeRawBufferPointer) throws { bytes.append(contentsOf: piece) }
    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try store.put(bytes, as: name, durability)
    }
    func abandon() { bytes = [] }
}
