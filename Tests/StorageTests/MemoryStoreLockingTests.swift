import Primitives
import Storage
import Testing

@Suite("A store in memory that locks")
struct MemoryStoreLockingTests {
    private let seconds = Monitor<Int64>(1000)
    private let name = ObjectName("packs/00/a")

    private func store() -> MemoryStore {
        let seconds = seconds
        return MemoryStore(locksBy: WallClock { Timestamp(nanoseconds: seconds.withLock { $0 } * 1_000_000_000) })
    }

    private func lock(until second: Int64) -> ObjectLock {
        ObjectLock(mode: .compliance, until: Timestamp(nanoseconds: second * 1_000_000_000))
    }

    private func code(_ body: () throws -> Void) -> Failure.Code? {
        do { try body() } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test("What is locked is not removed before its time, and then it is")
    func theLockHolds() throws {
        let store = store()
        store.lockNewObjects(lock(until: 2000))
        _ = try store.put([1], as: name, .immediate)
        #expect(code { try store.remove(name) } == .objectLocked)
        seconds.withLock { $0 = 2000 }
        #expect(try store.lock(of: name) == nil)
        try store.remove(name)
        #expect(try store.size(of: name) == nil)
    }

    @Test("A lock is lengthened and never shortened")
    func onlyLonger() throws {
        let store = store()
        _ = try store.put([1], as: name, .immediate)
        #expect(try store.lock(of: name) == nil)
        try store.extendLock(of: name, lock(until: 3000))
        try store.extendLock(of: name, lock(until: 2000))
        #expect(try store.lock(of: name) == lock(until: 3000))
    }

    @Test("A legal hold has no end but the one that is set")
    func holdsHold() throws {
        let store = store()
        _ = try store.put([1], as: name, .immediate)
        try store.setLegalHold(true, on: name)
        seconds.withLock { $0 = 1 << 31 }
        #expect(code { try store.remove(name) } == .objectLocked)
        try store.setLegalHold(false, on: name)
        try store.remove(name)
    }

    @Test("What is not there cannot be locked")
    func missing() {
        #expect(code { try store().extendLock(of: name, lock(until: 3000)) } == .objectMissing)
    }
}
