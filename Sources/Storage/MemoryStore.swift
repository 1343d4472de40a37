import Primitives

/// Objects in memory, for tests and for simulations: the same contract, without a disk.
package final class MemoryStore: ObjectStore {
    private let objects = Monitor<[ObjectName: [UInt8]]>([:])

    /// Set where the store locks objects: its own time.
    let clock: WallClock?
    let newLock = Monitor<ObjectLock?>(nil)
    let locks = Monitor<[ObjectName: ObjectLock]>([:])
    let holds = Monitor<Set<ObjectName>>([])
    /// The store's time for what comes; nil where it does not tell.
    package let time = Monitor<Timestamp?>(nil)
    private let arrivals = Monitor<[ObjectName: Timestamp]>([:])

    /// With a clock, it locks objects, by that clock.
    package init(locksBy clock: WallClock? = nil) { self.clock = clock }

    /// The same objects in a store of their own.
    package convenience init(copying other: MemoryStore, locksBy clock: WallClock? = nil) {
        self.init(locksBy: clock)
        let copied = other.objects.withLock { $0 }
        objects.withLock { $0 = copied }
    }

    package var location: String { "memory" }
    package var locking: (any ObjectLocking)? { clock == nil ? nil : self }

    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        objects.withLock { objects in
            guard objects[name] == nil else { return .exists }
            objects[name] = bytes
            arrivals.withLock { $0[name] = time.withLock { $0 } }
            if let lock = newLock.withLock({ $0 }) { locks.withLock { $0[name] = lock } }
            return .created
        }
    }

    package func stage() throws -> any StagedObject { StagedBytes(store: self) }
    package func flush() throws {}

    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try objects.withLock { objects in
            guard let bytes = objects[name] else { throw Failure.objectMissing(name, in: location) }
            guard offset < bytes.count else { return 0 }
            let slice = bytes[Int(offset)..<min(bytes.count, Int(offset) + buffer.count)]
            buffer.copyBytes(from: slice)
            return slice.count
        }
    }

    package func size(of name: ObjectName) throws -> Int64? { objects.withLock { $0[name].map { Int64($0.count) } } }

    package func arrival(of name: ObjectName) throws -> Timestamp? { arrivals.withLock { $0[name] } }

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let folder = prefix.isEmpty ? "" : prefix + "/"
        let found = objects.withLock { $0.filter { $0.key.path.hasPrefix(folder) } }
        for (name, bytes) in found { try body(name, Int64(bytes.count)) }
    }

    package func remove(_ name: ObjectName) throws {
        guard try isRemovable(name) else { throw Failure.objectLocked(name, in: location) }
        objects.withLock { $0[name] = nil }
    }
    package func removeAbandoned() throws -> Int { 0 }

    /// Replaces or removes an object behind the contract's back, as damage does.
    package func tamper(_ name: ObjectName, with bytes: [UInt8]?) { objects.withLock { $0[name] = bytes } }
}

private final class StagedBytes: StagedObject {
    private let store: MemoryStore
    private var bytes: [UInt8] = []

    init(store: MemoryStore) { self.store = store }
    func append(_ piece: UnsafeRawBufferPointer) throws { bytes.append(contentsOf: piece) }
    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try store.put(bytes, as: name, durability)
    }
    func abandon() { bytes = [] }
}
