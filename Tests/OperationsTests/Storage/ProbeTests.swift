import Operations
import Primitives
import Storage
import TestSupport
import Testing

@testable import Identity

@Suite struct ProbeTests {
    private func run(_ store: any ObjectStore) throws -> Probe.Report {
        var effort = Probe.Effort()
        (effort.rivals, effort.rounds, effort.bigObjectBytes, effort.lockSeconds) = (16, 2, 1 << 20, 2)
        return try Probe.run(permit: Permit(owner: "test"), store: store, clock: .system, effort: effort)
    }

    @Test("A directory keeps what a repository relies on, and looks afterwards as before") func directory() throws {
        let folder = try TemporaryFolder()
        let store = DirectoryStore(root: folder.path)
        let report = try run(store)
        #expect(report.isFit && report.rules.count > 20)
        #expect(report.guarantees.first?.standsOn?.contains("file system") == true)
        #expect(try folder.everything == [])
    }

    @Test("A probe beside a repository sees and touches nothing of it") func beside() throws {
        let folder = try TemporaryFolder()
        let store = try DirectoryStore.create(at: folder.path)
        _ = try store.put([1, 2, 3], as: ObjectName("packs/00/a"), .immediate)
        let staged = try store.stage()
        try [9].withUnsafeBytes { try staged.append($0) }
        let before = try folder.everything
        #expect(try run(store).isFit)
        #expect(try folder.everything == before)
        #expect(try staged.finish(as: ObjectName("packs/00/b"), .immediate) == .created)
    }

    @Test("A place that is not there is not made by trying it") func missing() throws {
        let folder = try TemporaryFolder()
        #expect(throws: Failure.self) { try run(DirectoryStore(root: folder.path + "/nowhere")) }
        #expect(try folder.everything == [])
    }

    @Test("Locks are tried where there are some, and nothing stays when they have ended") func locks() throws {
        let store = MemoryStore(locksBy: .system)
        let report = try run(store)
        #expect(report.isFit && report.rules.contains { $0.name.contains("lock") })
        #expect(report.staying == 0)
        #expect(try store.names(below: "") == [])
    }

    @Test(
        "A store that gives a name twice is found out, and nobody may collect there", arguments: LyingStore.Lie.allCases
    )
    func liars(_ lie: LyingStore.Lie) throws {
        let report = try run(LyingStore(lie))
        #expect(!report.isFit)
        let broken = report.rules.filter { !$0.holds }
        #expect(!broken.isEmpty && broken.allSatisfy { !$0.details.isEmpty })
        if lie == .tellsEveryoneHeWasFirst {
            let names = try #require(report.guarantees.first)
            #expect(names.standsOn == nil && names.consequence.contains("Nobody may collect"))
        } else {
            #expect(report.guarantees.contains { $0.promise.contains("listed") && $0.standsOn == nil })
        }
    }

    @Test("Who may not remove learns what stays, and the rest is tried all the same") func mayNotRemove() throws {
        let store = LyingStore(nil, mayRemove: false)
        let report = try run(store)
        #expect(report.untried?.contains("may not remove") == true)
        #expect(report.rules.allSatisfy(\.holds) && report.rules.count > 15)
        #expect(report.staying == (try store.names(below: report.scratch).count) && report.staying > 0)
    }
}

/// A store in memory that does not keep its word.
final class LyingStore: ObjectStore {
    enum Lie: CaseIterable { case tellsEveryoneHeWasFirst, forgetsToList, readsShort }

    private let lie: Lie?
    private let mayRemove: Bool
    private let inner = MemoryStore()

    init(_ lie: Lie?, mayRemove: Bool = true) { (self.lie, self.mayRemove) = (lie, mayRemove) }

    var location: String { "lying" }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        let outcome = try inner.put(bytes, as: name, durability)
        return lie == .tellsEveryoneHeWasFirst ? .created : outcome
    }
    func stage() throws -> any StagedObject { try inner.stage() }
    func flush() throws {}
    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let filled = try inner.read(name, at: offset, into: buffer)
        return lie == .readsShort ? min(filled, 8192) : filled
    }
    func size(of name: ObjectName) throws -> Int64? { try inner.size(of: name) }
    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try inner.list(below: prefix) { name, size in
            if lie == .forgetsToList, name.path.hasSuffix("3") { return }
            try body(name, size)
        }
    }
    func remove(_ name: ObjectName) throws {
        guard mayRemove else { throw Failure(.storageDenied, "No.", advice: "") }
        try inner.remove(name)
    }
    func removeAbandoned() throws -> Int { 0 }
}
