import Primitives
import Storage

/// What lies below `keys/` but for what is sealed to recipients, read at once: a store far away would have each of them wait for the one before.
struct KeyObjects {
    private let store: any ObjectStore
    private let sorted: [ObjectName]
    private let contents: [ObjectName: [UInt8]]

    init(_ store: any ObjectStore) throws {
        self.store = store
        sorted = try store.names(below: Names.keys).filter { !$0.path.contains("/slots/") }
        let contents = Monitor<[ObjectName: [UInt8]]>([:])
        try Concurrently.forEach(sorted, threads: store.usefulThreads) { name in
            let bytes = try store.readAll(name, limit: 1 << 20)
            contents.withLock { $0[name] = bytes }
        }
        self.contents = contents.withLock { $0 }
    }

    /// In order.
    func names(below prefix: String) -> [ObjectName] { sorted.filter { $0.path.hasPrefix(prefix + "/") } }

    /// Throws `object-missing` for what was not there.
    func bytes(of name: ObjectName) throws -> [UInt8] {
        guard let bytes = contents[name] else { throw Failure.objectMissing(name, in: store.location) }
        return bytes
    }
}
