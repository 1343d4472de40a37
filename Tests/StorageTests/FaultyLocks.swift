import Primitives
import Storage

/// A store in memory that locks, with one thing wrong about its locks.
final class FaultyLocks: ObjectStore, ObjectLocking {
    enum Fault: CaseIterable {
        case dropsLockOfNew, removesLocked, shortens, locksAll, losesHold, locksNothing, standsStill, neverEnds
    }

    private let fault: Fault
    private let inner = MemoryStore(locksBy: .system)
    private let last = Monitor<[ObjectName: ObjectLock]>([:])

    init(_ fault: Fault) { self.fault = fault }

    var location: String { "faulty" }
    var locking: (any ObjectLocking)? { self }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try inner.put(bytes, as: name, durability)
    }
    func stage() throws -> any StagedObject { try inner.stage() }
    func flush() throws {}
    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try inner.read(name, at: offset, into: buffer)
    }
    func size(of name: ObjectName) throws -> Int64? { try inner.size(of: name) }
    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try inner.list(below: prefix, body)
    }
    func removeAbandoned() throws -> Int { 0 }

    func remove(_ name: ObjectName) throws {
        if fault == .removesLocked { inner.tamper(name, with: nil) }
        try inner.remove(name)
    }

    func lockNewObjects(_ lock: ObjectLock?) { if fault != .dropsLockOfNew { inner.lockNewObjects(lock) } }

    func lock(of name: ObjectName) throws -> ObjectLock? {
        let known = last.withLock { $0[name] }
        return [.neverEnds, .shortens].contains(fault) && known != nil ? known : try inner.lock(of: name)
    }

    func extendLock(of name: ObjectName, _ lock: ObjectLock) throws {
        if fault == .locksNothing { return }
        try inner.extendLock(of: name, lock)
        last.withLock { $0[name] = lock }
        guard fault == .locksAll else { return }
        for other in try inner.names(below: "") { try inner.extendLock(of: other, lock) }
    }

    func setLegalHold(_ isHeld: Bool, on name: ObjectName) throws {
        if fault != .losesHold { try inner.setLegalHold(isHeld, on: name) }
    }

    func hasLegalHold(_ name: ObjectName) throws -> Bool { try inner.hasLegalHold(name) }
    func now() throws -> Timestamp { fault == .standsStill ? Timestamp(nanoseconds: 0) : try inner.now() }
}
