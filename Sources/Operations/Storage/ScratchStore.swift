import Primitives
import Storage

/// A corner of a store that looks like a whole one: what is tried in it neither sees nor touches anything else.
final class ScratchStore: ObjectStore {
    /// Where everything that is written is locked for years unless it says otherwise: for so few seconds instead.
    private let briefly: BriefLock?
    let base: any ObjectStore
    let prefix: String

    init(_ base: any ObjectStore, below prefix: String, briefly: BriefLock?) {
        (self.base, self.prefix, self.briefly) = (base, prefix, briefly)
    }

    var location: String { base.location }
    /// What is tried under a brief lock cannot be tried for locks at the same time.
    var locking: (any ObjectLocking)? { briefly == nil ? base.locking.map { ScratchLocks($0, self) } : nil }

    var isBrief: Bool { briefly != nil }

    func inside(_ name: ObjectName) -> ObjectName { ObjectName("\(prefix)/\(name.path)") }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        briefly?.renew()
        return try base.put(bytes, as: inside(name), durability)
    }

    func stage() throws -> any StagedObject { ScratchStage(try base.stage(), self) }
    func willFinish() { briefly?.renew() }
    func flush() throws { try base.flush() }

    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try base.read(inside(name), at: offset, into: buffer)
    }

    func size(of name: ObjectName) throws -> Int64? { try base.size(of: inside(name)) }
    func arrival(of name: ObjectName) throws -> Timestamp? { try base.arrival(of: inside(name)) }

    func list(below rest: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try base.list(below: rest.isEmpty ? prefix : "\(prefix)/\(rest)") { name, size in
            let start = prefix + "/"
            // A store that lists neighbours shows them under names that the suite does not expect.
            let path = name.path.hasPrefix(start) ? String(name.path.dropFirst(start.count)) : name.path
            try body(ObjectName(path), size)
        }
    }

    func remove(_ name: ObjectName) throws { try base.remove(inside(name)) }
    /// What unfinished runs left belongs to the repository.
    func removeAbandoned() throws -> Int { 0 }
}

/// Keeps new objects locked for a few seconds from the moment when each is written.
struct BriefLock: Sendable {
    let locking: any ObjectLocking
    let clock: WallClock
    /// How far the store's clock is ahead of ours.
    let ahead: Int64
    let seconds: Int64

    func renew() {
        let end = (clock.now().nanoseconds + ahead).dividedFloor(by: 1_000_000_000) + seconds
        locking.lockNewObjects(ObjectLock(mode: .governance, until: Timestamp(nanoseconds: end * 1_000_000_000)))
    }
}

private final class ScratchStage: StagedObject {
    private let inner: any StagedObject
    private let store: ScratchStore
    init(_ inner: any StagedObject, _ store: ScratchStore) { (self.inner, self.store) = (inner, store) }
    func append(_ bytes: UnsafeRawBufferPointer) throws { try inner.append(bytes) }
    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        store.willFinish()
        return try inner.finish(as: store.inside(name), durability)
    }
    func abandon() { inner.abandon() }
    deinit { inner.abandon() }
}

private struct ScratchLocks: ObjectLocking {
    private let inner: any ObjectLocking
    private let store: ScratchStore
    init(_ inner: any ObjectLocking, _ store: ScratchStore) { (self.inner, self.store) = (inner, store) }
    func lockNewObjects(_ lock: ObjectLock?) { inner.lockNewObjects(lock) }
    func lock(of name: ObjectName) throws -> ObjectLock? { try inner.lock(of: store.inside(name)) }
    func extendLock(of name: ObjectName, _ lock: ObjectLock) throws {
        try inner.extendLock(of: store.inside(name), lock)
    }
    func setLegalHold(_ isHeld: Bool, on name: ObjectName) throws {
        try inner.setLegalHold(isHeld, on: store.inside(name))
    }
    func hasLegalHold(_ name: ObjectName) throws -> Bool { try inner.hasLegalHold(store.inside(name)) }
    func now() throws -> Timestamp { try inner.now() }
}
