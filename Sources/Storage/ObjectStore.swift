import Primitives

/// The name of an object: a relative path of lower-case letters, digits, '.', '_' and '-' between single slashes.
package struct ObjectName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let path: String

    package init(_ path: String) { self.path = path }

    package static func < (x: ObjectName, y: ObjectName) -> Bool { x.path < y.path }
    package var description: String { path }

    package var lastComponent: Substring { path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...] }

    package var isValid: Bool {
        !path.isEmpty
            && path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.first != UInt8(ascii: ".") && part.allSatisfy(Self.isAllowed)
            }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

/// What became of a write.
package enum PutOutcome: Sendable, Equatable {
    case created
    /// The name was taken already, and nothing was changed.
    case exists
}

/// When a write must have reached the medium.
package enum Durability: Sendable {
    /// Before the call returns.
    case immediate
    /// Before the next `flush` returns. The object is visible at once.
    case deferred
}

/// An object on its way: bytes go in in order, and it appears under its name whole or not at all.
package protocol StagedObject: AnyObject {
    func append(_ bytes: UnsafeRawBufferPointer) throws
    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome
    /// Drops what was staged. Harmless after `finish`.
    func abandon()
}

/// Where objects are kept. Calls block; they come from threads of the operating system, never from the cooperative pool.
/// Names are write-once: `put` and `finish` never replace, and only a collection removes. Errors are `Failure`s of the codes storage-* and object-missing.
/// After a `put` returned, `read`, `size` and `list` of every client see the object.
package protocol ObjectStore: Sendable {
    /// For messages: where this is.
    var location: String { get }
    /// The directory that holds the objects; nil where they are in none that this machine's paths lead to.
    var directory: String? { get }
    /// Nil where the store cannot lock what it keeps.
    var locking: (any ObjectLocking)? { get }
    /// How many requests at once are worth it.
    var usefulThreads: Int { get }
    /// Nil where there is nothing to ask.
    var inquiry: (any StoreInquiry)? { get }
    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome
    func stage() throws -> any StagedObject
    /// Waits until every deferred write is on the medium.
    func flush() throws
    /// Fills as much of `buffer` as there is from `offset` on and returns the count.
    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
    /// Nil when there is no such object.
    func size(of name: ObjectName) throws -> Int64?
    /// When the object came here, by the store's own clock; nil where the store does not tell, or has no such object. It is never earlier
    /// than the object's first coming; copies and repairs may make it later.
    func arrival(of name: ObjectName) throws -> Timestamp?
    /// What the store's clock said last, as it answered or gave an object a time; nil where it has not told any. Asks for nothing.
    var lastMoment: StoreMoment? { get }
    /// Calls `body` with every object below `prefix` (a path without a trailing slash; empty for all), in no particular order.
    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws
    /// Whether of two who write a name at the same moment one is refused. Where it is not, nobody may collect: two collectors could go by
    /// different lists of one generation.
    func refusesTakenNames() throws -> Bool
    /// Takes an object away for ever, which only a maintainer who collects does. On the medium before it returns; one that is not there
    /// is no error, so that a collection which was interrupted can be gone on with. Throws `object-locked` for one that the store
    /// keeps for longer.
    func remove(_ name: ObjectName) throws
    /// Removes objects that unfinished runs left and that belong to nobody any more; returns how many.
    func removeAbandoned() throws -> Int
}

extension ObjectStore {
    package var directory: String? { nil }
    package var locking: (any ObjectLocking)? { nil }
    package var inquiry: (any StoreInquiry)? { nil }
    package func refusesTakenNames() throws -> Bool { true }
    package func arrival(of name: ObjectName) throws -> Timestamp? { nil }
    package var lastMoment: StoreMoment? { nil }
    /// Whether a request takes so long that few large ones beat many small ones.
    package var isDistant: Bool { directory == nil }
    /// A store far away answers many requests at once, each after a while; a disk is kept busy by as many threads as there are processors.
    package var usefulThreads: Int { isDistant ? 8 : WorkerThreads.processorCount }

    /// The whole object, which may not exceed `limit` bytes.
    package func readAll(_ name: ObjectName, limit: Int) throws -> [UInt8] {
        // Most are small: one request then, where asking for the size would be another.
        let first = min(limit, 64 << 10) + 1
        let bytes = try [UInt8](unsafeUninitializedCapacity: first) { buffer, filled in
            filled = try read(name, at: 0, into: UnsafeMutableRawBufferPointer(buffer))
        }
        if bytes.count < first { return bytes }
        guard let size = try size(of: name) else { throw Failure.objectMissing(name, in: location) }
        guard size <= limit else { throw Failure.damaged(name, "has \(size) bytes where at most \(limit) can be") }
        return try readRange(name, at: 0, count: Int(size))
    }

    /// Exactly `count` bytes from `offset`.
    package func readRange(_ name: ObjectName, at offset: Int64, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try read(name, at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            guard filled == count else { throw Failure.damaged(name, "ends before byte \(offset + Int64(count))") }
        }
    }

    /// Sorted, each once: a server whose pages overlap, or that was asked again in the middle, tells of some twice.
    package func names(below prefix: String) throws -> [ObjectName] {
        var names: Set<ObjectName> = []
        try list(below: prefix) { name, _ in names.insert(name) }
        return names.sorted()
    }
}

extension Failure {
    package static func objectMissing(_ name: ObjectName, in location: String) -> Failure {
        Failure(
            .objectMissing, "The object \(name) is missing from \(location).",
            advice:
                "Run 'safehold verify' to learn what it affects; copy the object back from another copy of the repository."
        )
    }
}
