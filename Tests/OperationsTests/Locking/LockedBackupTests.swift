import Glibc
import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

/// Backups into a store that locks what it keeps, by a clock that the tests turn.
@Suite("A backup that is locked") struct LockedBackupTests {
    private final class Time: Sendable {
        private let day = Monitor<Int64>(20_000)
        var clock: WallClock {
            WallClock { [self] in Timestamp(nanoseconds: day.withLock { $0 } * 86_400_000_000_000) }
        }
        var now: Timestamp { clock.now() }
        func pass(days: Int64) { day.withLock { $0 += days } }
    }

    private let time = Time()

    private func trip() throws -> RoundTrip {
        try RoundTrip(
            store: MemoryStore(locksBy: time.clock), clock: time.clock,
            locks: LockSettings(mode: "compliance", classes: ["daily=14", "yearly=2600"]))
    }

    private func names(_ trip: RoundTrip) throws -> [ObjectName] { try trip.store.names(below: "") }

    private func end(_ trip: RoundTrip, _ name: ObjectName) throws -> Timestamp? {
        try trip.store.lock(of: name)?.until
    }

    private func removeUnlocked(_ trip: RoundTrip) throws {
        for name in try names(trip) where try end(trip, name) == nil { try trip.store.remove(name) }
    }

    @Test("leaves nothing in the store that could be removed before its time")
    func everything() throws {
        let trip = try trip()
        trip.write("one", Array(repeating: 7, count: 300_000))
        let snapshot = try trip.backup()
        #expect(snapshot.record.requiredUntil.nanoseconds == time.now.nanoseconds + 14 * 86_400_000_000_000)
        #expect(snapshot.record.storeTime == time.now)
        for name in try names(trip) {
            let until = try #require(try end(trip, name), "\(name) is not locked")
            #expect(until >= snapshot.record.requiredUntil, "\(name)")
            #expect(throws: Failure.self) { try trip.store.remove(name) }
        }
    }

    @Test("lengthens the locks of what it uses again, before it is committed")
    func extended() throws {
        let trip = try trip()
        trip.write("stays", Array(repeating: 7, count: 300_000))
        _ = try trip.backup()
        time.pass(days: 40)
        trip.write("comes", Array(repeating: 8, count: 300_000))
        let second = try trip.backup()
        for name in try names(trip)
        where name.path.hasPrefix("packs/") || name.path.hasPrefix("meta/") || name.path.hasPrefix("keys/")
            || name == Names.format
        {
            #expect(try #require(try end(trip, name)) >= second.record.requiredUntil, "\(name)")
        }
        #expect(try trip.restore(second).problems.isEmpty)
    }

    @Test("lengthens the locks of what its differences lean on, and restores when all else was removed")
    func leanedOn() throws {
        let trip = try trip()
        func stored(_ snapshot: CatalogedSnapshot) throws -> UInt64 {
            try snapshot.record.description(opener: trip.opener).storedBytes
        }
        var table = RowTable(3000, seed: 41)
        trip.write("table", table.bytes)
        var newest = try trip.backup { $0.delta = true }
        let whole = try stored(newest)
        // Every chunk changes each time, so that nothing but differences needs these.
        let bases = try names(trip).filter { $0.path.hasPrefix("packs/") }
        #expect(!bases.isEmpty)
        for _ in 0..<2 {
            time.pass(days: 40)
            table.scatter(60)
            trip.write("table", table.bytes)
            newest = try trip.backup { $0.delta = true }
            #expect(try stored(newest) * 2 < whole)
            for name in bases {
                #expect(try #require(try end(trip, name)) >= newest.record.requiredUntil, "\(name)")
            }
        }
        time.pass(days: 13)
        try removeUnlocked(trip)
        #expect(try trip.restore(newest).problems.isEmpty)
        #expect(trip.content("table") == table.bytes)
    }

    @Test("keeps what two components need that were backed up at once, also when neither is read again")
    func together() throws {
        let trip = try trip()
        // Later than any file was changed, so that files are taken over unread.
        time.pass(days: 10_000)
        mkdir(trip.folder.path + "/elsewhere", 0o755)
        var random = SeededGenerator(seed: 81)
        let late = random.bytes(300_000)
        trip.write("../elsewhere/late", late)
        @Sendable func backUpElsewhere(_ trip: RoundTrip) throws -> CatalogedSnapshot {
            try trip.backup {
                ($0.component, $0.delta) = ("elsewhere", true)
                $0.paths = [Array((trip.folder.path + "/elsewhere").utf8)]
            }
        }
        var table = RowTable(3000, seed: 82)
        trip.write("table", table.bytes)
        _ = try trip.backup { $0.delta = true }
        table.scatter(60)
        trip.write("table", table.bytes)
        nonisolated(unsafe) let other = trip
        let hasFired = Monitor(false)
        let store = InterposedStore(trip.store) { request, name in
            guard request == .put, name?.lastComponent == "manifest" else { return }
            let isFirst = hasFired.withLock { hasFired in
                defer { hasFired = true }
                return !hasFired
            }
            if isFirst { _ = try backUpElsewhere(other) }
        }
        _ = try trip.backup(on: store) { $0.delta = true }

        time.pass(days: 40)
        let newest = [try trip.backup { $0.delta = true }, try backUpElsewhere(trip)]
        for snapshot in newest {
            #expect(try snapshot.record.description(opener: trip.opener).filesTakenOver == 1)
        }
        time.pass(days: 13)
        try removeUnlocked(trip)
        for (snapshot, content) in zip(newest, [("table", table.bytes), ("late", late)]) {
            #expect(try trip.restore(snapshot) { $0.overwrite = .always }.problems.isEmpty)
            #expect(trip.content(content.0) == content.1)
        }
    }

    @Test("is locked for longer although this host lost the list of what a large file is made of")
    func listsLost() throws {
        let trip = try trip()
        // Later than any file was changed, so that files are taken over unread.
        time.pass(days: 10_000)
        var table = RowTable(3000, seed: 91)
        trip.write("table", table.bytes)
        _ = try trip.backup { $0.delta = true }
        table.scatter(60)
        trip.write("table", table.bytes)
        _ = try trip.backup { $0.delta = true }
        let lists = try trip.folder.everything.filter { $0.contains("/content-lists/") }
        #expect(!lists.isEmpty)
        // As a power cut leaves a file that was never flushed.
        for list in lists { #expect(truncate(trip.folder.path + "/" + list, 0) == 0) }
        trip.write("comes", Array(repeating: 8, count: 300_000))
        _ = try trip.backup { $0.delta = true }
        time.pass(days: 40)
        let newest = try trip.backup { $0.delta = true }
        #expect(try newest.record.description(opener: trip.opener).filesTakenOver == 2)
        time.pass(days: 13)
        try removeUnlocked(trip)
        #expect(try trip.restore(newest).problems.isEmpty)
        #expect(trip.content("table") == table.bytes)
    }

    @Test("of a longer class locks for longer what a shorter one had stored")
    func classes() throws {
        let trip = try trip()
        trip.write("stays", Array(repeating: 7, count: 300_000))
        _ = try trip.backup(class: "daily")
        let yearly = try trip.backup(class: "yearly")
        for name in try names(trip) where name.path.hasPrefix("packs/") {
            #expect(try #require(try end(trip, name)) >= yearly.record.requiredUntil)
        }
    }

    @Test("asks for each object's lock once in a cohort, and not at every run")
    func onceACohort() throws {
        let trip = try trip()
        trip.write("stays", Array(repeating: 7, count: 300_000))
        _ = try trip.backup()
        let counting = CountedLocks(trip.store)
        for _ in 0..<30 {
            time.pass(days: 1)
            _ = try trip.backup(on: counting)
        }
        let objects = try names(trip).filter { !$0.path.hasPrefix("sessions") }.count
        #expect(counting.extensions > 0)
        #expect(counting.extensions < objects, "\(counting.extensions) extensions of \(objects) objects in 30 days")
    }

    @Test("does not lose its locks with this host's memory of them")
    func memoryLost() throws {
        let trip = try trip()
        trip.write("stays", Array(repeating: 7, count: 300_000))
        _ = try trip.backup()
        time.pass(days: 40)
        let state = trip.host.folder(of: trip.repository.id)
        for name in ["locks", "known"] { #expect(unlink(state + "/" + name) == 0, "there is no \(name)") }
        let second = try trip.backup()
        for chunkPack in try names(trip) where chunkPack.path.hasPrefix("packs/") || chunkPack.path.hasPrefix("meta/") {
            guard let until = try end(trip, chunkPack) else { continue }
            #expect(until >= second.record.requiredUntil)
        }
        // What is not locked any more is not needed either.
        try removeUnlocked(trip)
        #expect(try trip.restore(second).problems.isEmpty)
    }

    @Test("is refused where the store cannot lock, and nothing is written")
    func unlockable() throws {
        let trip = try trip()
        trip.write("one", [1])
        let plain = MemoryStore(copying: trip.store)
        let before = try plain.names(below: "")
        #expect { try trip.backup(on: plain) } throws: { ($0 as? Failure)?.code == .storageMisconfigured }
        #expect(try plain.names(below: "") == before)
    }

    @Test("is refused where the store's clock is days away")
    func clocks() throws {
        let trip = try trip()
        trip.write("one", [1])
        trip.clock = WallClock { [time] in Timestamp(nanoseconds: time.now.nanoseconds + 3 * 86_400_000_000_000) }
        #expect { try trip.backup() } throws: { ($0 as? Failure)?.message.contains("clock") == true }
    }

    @Test("is refused where the newest locks are forged, or were taken away")
    func forged() throws {
        let trip = try trip()
        trip.write("one", [1])
        _ = try trip.store.put([1, 2, 3], as: Names.lockPolicy(2), .immediate)
        #expect { try trip.backup() } throws: { ($0 as? Failure)?.code.class == .integrity }
        trip.store.tamper(Names.lockPolicy(2), with: nil)
        _ = try trip.backup()

        let administration = KeyAdministration(
            repository: trip.repository.id, store: trip.store, administrator: try trip.administrator(),
            clock: trip.clock)
        let shorter = try LockPolicy(mode: .compliance, classes: [.init(name: "daily", days: 7)])
        _ = try administration.setLocks(shorter, number: 2, at: time.now)
        _ = try trip.backup()
        trip.store.tamper(Names.lockPolicy(2), with: nil)
        #expect { try trip.backup() } throws: { ($0 as? Failure)?.code == .rollback }
    }

    @Test("is not dropped by any rule before its time")
    func forget() throws {
        let trip = try trip()
        trip.write("one", [1])
        let first = try trip.backup()
        time.pass(days: 1)
        trip.write("one", [2])
        _ = try trip.backup()
        let choice = ForgetChoice.policy(RetentionPolicy(last: 1))
        func plan() throws -> ForgetPlan {
            try Forget.plan(
                permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, choice: choice,
                clock: trip.clock)
        }
        #expect(try plan().lines.first { $0.summary.id == first.digest }?.reasons == [.locked])
        time.pass(days: 15)
        #expect(try plan().dropped.map(\.id) == [first.digest])
    }
}

/// A store that counts how often locks are lengthened.
private final class CountedLocks: ObjectStore, ObjectLocking {
    private let inner: MemoryStore
    private let count = Monitor(0)
    init(_ inner: MemoryStore) { self.inner = inner }
    var extensions: Int { count.withLock { $0 } }
    var location: String { inner.location }
    var locking: (any ObjectLocking)? { self }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try inner.put(bytes, as: name, durability)
    }
    func stage() throws -> any StagedObject { try inner.stage() }
    func flush() throws { try inner.flush() }
    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try inner.read(name, at: offset, into: buffer)
    }
    func size(of name: ObjectName) throws -> Int64? { try inner.size(of: name) }
    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try inner.list(below: prefix, body)
    }
    func remove(_ name: ObjectName) throws { try inner.remove(name) }
    func removeAbandoned() throws -> Int { 0 }

    func lockNewObjects(_ lock: ObjectLock?) { inner.lockNewObjects(lock) }
    func lock(of name: ObjectName) throws -> ObjectLock? { try inner.lock(of: name) }
    func extendLock(of name: ObjectName, _ lock: ObjectLock) throws {
        count.withLock { $0 += 1 }
        try inner.extendLock(of: name, lock)
    }
    func setLegalHold(_ isHeld: Bool, on name: ObjectName) throws { try inner.setLegalHold(isHeld, on: name) }
    func hasLegalHold(_ name: ObjectName) throws -> Bool { try inner.hasLegalHold(name) }
    func now() throws -> Timestamp { try inner.now() }
}
