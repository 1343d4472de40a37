import Primitives
import Storage

/// A repository in a directory of a server that is reached by SFTP, in the shape of one in a local directory: an object is a file,
/// uploaded to `tmp/`, synced, and linked to its name, which the server refuses where that is taken.
package final class SFTPStore: ObjectStore {
    let address: SFTPAddress
    let pool: ConnectionPool
    /// Grows with each removal: what was open before is not read from any more.
    private let removals = Monitor(0)

    package var location: String { address.location }

    package init(_ address: SFTPAddress, connections: Int = 4) {
        self.address = address
        pool = ConnectionPool(address, connections: connections)
    }

    /// Makes the directory and those above it.
    package func makeRoot() throws {
        try translating("making the directory") {
            try pool.perform { session in
                try makeDirectories(root, session)
                try makeDirectories(root + "/tmp", session)
            }
        }
    }

    /// Names of what lies directly in the directory, dots left out.
    package func topNames() throws -> [String] {
        try translating("listing the directory") { try pool.perform { try $0.entries(of: root).map(\.name) } }
    }

    var root: String { address.path }
    func path(of name: ObjectName) -> String { root + "/" + name.path }

    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        let staged = try stage()
        do {
            try bytes.withUnsafeBytes { try staged.append($0) }
            return try staged.finish(as: name, durability)
        } catch {
            staged.abandon()
            throw error
        }
    }

    package func stage() throws -> any StagedObject { SFTPUpload(store: self) }

    /// Every write is on the server's medium when it returns.
    package func flush() throws {}

    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let path = path(of: name)
        do {
            return try translating("reading \(name)") {
                try pool.perform { session in
                    let handle = try session.reading(path, at: removals.withLock { $0 })
                    return try session.read(handle, at: offset, into: buffer)
                }
            }
        } catch let failure as Failure where failure.code == .storageMissing {
            throw Failure.objectMissing(name, in: location)
        }
    }

    package func size(of name: ObjectName) throws -> Int64? {
        try translating("looking at \(name)") {
            try pool.perform { try $0.attributes(of: path(of: name)) }.map { Int64(clamping: $0.size) }
        }
    }

    /// To the second. Whoever may write there can set it.
    package func arrival(of name: ObjectName) throws -> Timestamp? {
        try translating("looking at \(name)") {
            try pool.perform { try $0.attributes(of: path(of: name)) }
                .map { Timestamp(nanoseconds: Int64($0.changed) * 1_000_000_000) }
        }
    }

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let isThere = try translating("listing") { try pool.perform { try $0.attributes(of: root) } } != nil
        guard isThere else {
            throw SSHFailure.answered(SFTPStatus(code: .noSuchFile, message: ""), "listing \(root)", address)
        }
        // No connection is held while somebody does something with what was found.
        var waiting = [prefix]
        while let relative = waiting.popLast() {
            let entries = try translating("listing \(relative)") {
                try pool.perform { try $0.entries(of: relative.isEmpty ? root : root + "/" + relative) }
            }
            for entry in entries where !(relative.isEmpty && entry.name == "tmp") {
                let child = relative.isEmpty ? entry.name : relative + "/" + entry.name
                if entry.attributes.isDirectory {
                    waiting.append(child)
                } else if entry.attributes.isFile {
                    try body(ObjectName(child), Int64(clamping: entry.attributes.size))
                }
            }
        }
    }

    package func remove(_ name: ObjectName) throws {
        let path = path(of: name)
        try translating("removing \(name)") {
            try pool.perform { session in
                do {
                    try session.remove(path)
                } catch let status as SFTPStatus {
                    // What is not there is removed, and a directory is no object.
                    guard let attributes = try session.attributes(of: path), !attributes.isDirectory else { return }
                    throw status
                }
            }
        }
        removals.withLock { $0 += 1 }
    }

    /// Uploads that nobody has written to for a week, by the server's own clock.
    package func removeAbandoned() throws -> Int {
        let week: UInt32 = 7 * 24 * 3600
        return try translating("looking for leftovers") {
            try pool.perform { session in
                let mark = root + "/tmp/" + SealedObjectID.random().hex
                try session.close(try session.open(mark, writing: true, creating: true))
                defer { try? session.remove(mark) }
                guard let now = try session.attributes(of: mark)?.changed else { return 0 }
                var removed = 0
                for entry in try session.entries(of: root + "/tmp")
                where entry.attributes.isFile && entry.attributes.changed < now - min(now, week) {
                    try session.remove(root + "/tmp/" + entry.name)
                    removed += 1
                }
                return removed
            }
        }
    }

    func makeDirectories(_ path: String, _ session: SFTPSession) throws {
        if try session.attributes(of: path) != nil { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectories(String(path[..<slash]), session)
        }
        do { try session.makeDirectory(path) } catch let status as SFTPStatus {
            // Somebody else may have been faster.
            guard try session.attributes(of: path)?.isDirectory == true else { throw status }
        }
    }

    /// Turns what the server refuses into a failure that says what was done.
    func translating<R>(_ doing: @autoclosure () -> String, _ body: () throws -> R) throws -> R {
        do { return try body() } catch let status as SFTPStatus {
            let isFull = status.code == .failure && (try? pool.perform { try $0.isFull(root) }) == true
            throw isFull ? SSHFailure.full(doing(), address) : SSHFailure.answered(status, doing(), address)
        }
    }
}
