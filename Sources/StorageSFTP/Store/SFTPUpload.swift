import Crypto
import Primitives
import Storage

/// An object on its way to the server: it lies in a file below `tmp/`, and what is on its way to that in a buffer. Where the connection
/// breaks, it is gone on with from what the server acknowledged, and read again as a whole before it gets its name.
final class SFTPUpload: StagedObject {
    private static let bufferCount = 1 << 20

    private let store: SFTPStore
    private let slot: Int
    private var temporary: String?
    private var handle: SFTPSession.Handle = []
    private weak var session: SFTPSession?
    private var buffer: [UInt8] = []
    private var written: Int64 = 0
    private var hash = SHA256()
    private var wasCut = false
    private var isOver = false

    init(store: SFTPStore) {
        self.store = store
        slot = store.pool.take()
    }

    deinit { abandon() }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard !isOver else { throw Self.afterItsEnd }
        hash.update(bufferPointer: bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.bufferCount - buffer.count)
            buffer.append(contentsOf: piece)
            rest = rest.dropFirst(piece.count)
            if buffer.count == Self.bufferCount { try send() }
        }
    }

    private func send() throws {
        guard !buffer.isEmpty || temporary == nil else { return }
        try perform("uploading") { session, handle in
            try buffer.withUnsafeBytes { try session.write(handle, at: written, $0) }
        }
        written += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }

    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        guard !isOver else { throw Self.afterItsEnd }
        defer { abandon() }
        try send()
        try perform("syncing \(name)") { session, handle in try session.sync(handle) }
        if wasCut, let temporary { try expectWhole(temporary, name) }
        let outcome = try publish(name)
        // The name is in the same journal entry as the file's count of links, which this waits for.
        if outcome == .created { try perform("syncing \(name)") { session, handle in try session.sync(handle) } }
        return outcome
    }

    // MARK: The connection

    private func perform<R>(_ doing: String, _ body: (SFTPSession, SFTPSession.Handle) throws -> R) throws -> R {
        try store.translating(doing) {
            try store.pool.perform(on: slot) { session in
                if self.session !== session {
                    handle = try open(session)
                    self.session = session
                }
                return try body(session, handle)
            }
        }
    }

    private func open(_ session: SFTPSession) throws -> SFTPSession.Handle {
        guard let temporary else { return try create(session) }
        wasCut = true
        return try session.open(temporary, writing: true)
    }

    private func create(_ session: SFTPSession) throws -> SFTPSession.Handle {
        // A name of its own for each try: the answer to the one before may have been lost.
        let path = store.root + "/tmp/" + SealedObjectID.random().hex
        let opened: SFTPSession.Handle
        do {
            opened = try session.open(path, writing: true, creating: true)
        } catch let status as SFTPStatus where status.code == .noSuchFile {
            // Never where a disk was unmounted.
            guard try session.attributes(of: store.root + "/FORMAT") != nil else { throw status }
            try store.makeDirectories(store.root + "/tmp", session)
            opened = try session.open(path, writing: true, creating: true)
        }
        temporary = path
        return opened
    }

    // MARK: The name

    private func publish(_ name: ObjectName) throws -> PutOutcome {
        guard let temporary else { throw Self.afterItsEnd }
        let target = store.path(of: name)
        var attempts = 0
        return try store.translating("naming \(name)") {
            try store.pool.perform(on: slot) { session in
                attempts += 1
                do {
                    try link(temporary, target, session)
                    return .created
                } catch let status as SFTPStatus where status.code == .failure {
                    guard try session.attributes(of: target) != nil else { throw status }
                    // An answer that was lost on its way may have been to us.
                    return try attempts > 1 && digest(of: target, session) == Array(hash.finalize())
                        ? .created : .exists
                }
            }
        }
    }

    private func link(_ temporary: String, _ target: String, _ session: SFTPSession) throws {
        do {
            try session.link(temporary, to: target)
        } catch let status as SFTPStatus where status.code == .noSuchFile {
            guard try session.attributes(of: temporary) != nil, let slash = target.lastIndex(of: "/") else {
                throw status
            }
            try store.makeDirectories(String(target[..<slash]), session)
            try session.link(temporary, to: target)
        }
    }

    /// A server that went down may have lost what it acknowledged before.
    private func expectWhole(_ temporary: String, _ name: ObjectName) throws {
        let found = try store.translating("reading what was uploaded") {
            try store.pool.perform(on: slot) { try digest(of: temporary, $0) }
        }
        guard found == Array(hash.finalize()) else {
            throw Failure(
                .storageFailed, "What was uploaded as \(name) before the connection broke is not what arrived.",
                advice: "Run the command again; the server may have been restarted.")
        }
    }

    private func digest(of path: String, _ session: SFTPSession) throws -> [UInt8] {
        let handle = try session.open(path)
        defer { try? session.close(handle) }
        var hash = SHA256()
        var piece = [UInt8](repeating: 0, count: Self.bufferCount)
        var offset: Int64 = 0
        while true {
            let count = try piece.withUnsafeMutableBytes { try session.read(handle, at: offset, into: $0) }
            hash.update(data: piece[..<count])
            offset += Int64(count)
            if count < piece.count { return Array(hash.finalize()) }
        }
    }

    func abandon() {
        guard !isOver else { return }
        isOver = true
        defer { store.pool.giveBack(slot) }
        guard let temporary, let session, !handle.isEmpty else { return }
        // On the connection that it came over, if that still stands; otherwise it is cleaned up later.
        try? store.pool.perform(on: slot) { current in
            guard current === session else { return }
            try? current.close(handle)
            try? current.remove(temporary)
        }
    }

    private static let afterItsEnd = Failure(
        .internalError, "A staged object was used after its end.", advice: "Please report it.")
}
