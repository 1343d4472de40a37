import Primitives
import Storage

/// A store in memory whose requests are counted; one of them fails, and something may happen before any of them.
final class FailingStore: ObjectStore {
    struct Plan: Sendable {
        /// The request that fails, and all behind it.
        var failsFrom = Int.max
        /// What happens before a request, by its number.
        var before: (@Sendable (Int) throws -> Void)?
    }

    let inner: MemoryStore
    let plan: Monitor<Plan>
    private let count = Monitor(0)

    init(_ inner: MemoryStore, failsFrom: Int = .max, before: (@Sendable (Int) throws -> Void)? = nil) {
        self.inner = inner
        plan = Monitor(Plan(failsFrom: failsFrom, before: before))
    }

    var requests: Int { count.withLock { $0 } }
    var location: String { "failing" }
    var locking: (any ObjectLocking)? { inner.locking }

    func request<R>(_ body: () throws -> R) throws -> R {
        let number = count.withLock {
            $0 += 1; return $0
        }
        let plan = self.plan.withLock { $0 }
        try plan.before?(number)
        if number >= plan.failsFrom { throw Failure(.storageFailed, "Request \(number) failed.", advice: "") }
        return try body()
    }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try request { try inner.put(bytes, as: name, durability) }
    }
    func stage() throws -> any StagedObject { Stage(self) }
    func flush() throws { try request {} }
    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try request { try inner.read(name, at: offset, into: buffer) }
    }
    func size(of name: ObjectName) throws -> Int64? { try request { try inner.size(of: name) } }
    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        var found: [(ObjectName, Int64)] = []
        try request { try inner.list(below: prefix) { found.append(($0, $1)) } }
        for (name, size) in found { try body(name, size) }
    }
    func remove(_ name: ObjectName) throws { try request { try inner.remove(name) } }
    func removeAbandoned() throws -> Int { 0 }

    private final class Stage: StagedObject {
        private let store: FailingStore
        private var bytes: [UInt8] = []
        init(_ store: FailingStore) { self.store = store }
        func append(_ piece: UnsafeRawBufferPointer) throws { try store.request { bytes.append(contentsOf: piece) } }
        func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
            try store.put(bytes, as: name, durability)
        }
        func abandon() { bytes = [] }
    }
}

extension MemoryStore {
    var everything: [ObjectName: [UInt8]] {
        get throws {
            var all: [ObjectName: [UInt8]] = [:]
            for name in try names(below: "") { all[name] = try readAll(name, limit: 1 << 30) }
            return all
        }
    }
}
