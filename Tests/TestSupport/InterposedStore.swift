import Primitives
import Storage

/// A store with something that happens before its requests.
package final class InterposedStore: ObjectStore {
    package enum Request: Sendable, Equatable {
        case put, flush, size, list, remove
        case read(bytes: Int)
    }

    private let inner: any ObjectStore
    private let before: @Sendable (Request, ObjectName?) throws -> Void

    /// `before` gets each request and what it is about; what it throws is what becomes of the request.
    package init(_ inner: any ObjectStore, before: @escaping @Sendable (Request, ObjectName?) throws -> Void) {
        (self.inner, self.before) = (inner, before)
    }

    package var location: String { inner.location }
    package var directory: String? { inner.directory }
    package var locking: (any ObjectLocking)? { inner.locking }

    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try before(.put, name)
        return try inner.put(bytes, as: name, durability)
    }
    package func stage() throws -> any StagedObject { Stage(self, try inner.stage()) }
    package func flush() throws {
        try before(.flush, nil)
        try inner.flush()
    }
    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try before(.read(bytes: buffer.count), name)
        return try inner.read(name, at: offset, into: buffer)
    }
    package func size(of name: ObjectName) throws -> Int64? {
        try before(.size, name)
        return try inner.size(of: name)
    }
    package func arrival(of name: ObjectName) throws -> Timestamp? { try inner.arrival(of: name) }
    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        try before(.list, ObjectName(prefix))
        try inner.list(below: prefix, body)
    }
    package func remove(_ name: ObjectName) throws {
        try before(.remove, name)
        try inner.remove(name)
    }
    package func refusesTakenNames() throws -> Bool { try inner.refusesTakenNames() }
    package func removeAbandoned() throws -> Int { try inner.removeAbandoned() }

    private final class Stage: StagedObject {
        private let store: InterposedStore
        private let inner: any StagedObject

        init(_ store: InterposedStore, _ inner: any StagedObject) { (self.store, self.inner) = (store, inner) }
        func append(_ bytes: UnsafeRawBufferPointer) throws { try inner.append(bytes) }
        func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
            try store.before(.put, name)
            return try inner.finish(as: name, durability)
        }
        func abandon() { inner.abandon() }
    }
}
