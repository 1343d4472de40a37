import Primitives
import Sealing
import Storage

/// Takes objects from one store to others, in pieces, each read once. It belongs to one thread.
final class ObjectCopying {
    /// What is wrong with an object where it comes from.
    enum SourceProblem: Error {
        case missing
        case damaged(Failure)
    }

    private static let pieceCount = 1 << 20
    private let source: any ObjectStore
    private let checkpoint: @Sendable () throws -> Void
    /// Told of every piece; it may wait.
    private let pace: @Sendable (Int) -> Void
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceCount, alignment: 4096)

    init(
        from source: any ObjectStore, pace: @escaping @Sendable (Int) -> Void,
        checkpoint: @escaping @Sendable () throws -> Void
    ) {
        (self.source, self.pace, self.checkpoint) = (source, pace, checkpoint)
    }

    deinit { buffer.deallocate() }

    typealias Outcome = Result<PutOutcome, Failure>

    /// Copies an object that is named by its digest. It appears nowhere unless its bytes are those of its name. What fails at a
    /// destination is its outcome; what is wrong at the source is thrown as a `SourceProblem`.
    func copy(_ name: ObjectName, named digest: Digest32, to stores: [any ObjectStore]) throws -> (
        outcomes: [Outcome], bytes: UInt64
    ) {
        var staged: [Result<any StagedObject, Failure>] = []
        defer { for case .success(let object) in staged { object.abandon() } }
        for store in stores { staged.append(try attempt { try store.stage() }) }
        var hasher = SHA256Lane()
        var offset: Int64 = 0
        while true {
            try checkpoint()
            let filled = try read(name, at: offset)
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
            hasher.update(piece)
            if filled > 0 {
                for index in staged.indices {
                    guard case .success(let object) = staged[index] else { continue }
                    if case .failure(let failure) = try attempt({ try object.append(piece) }) {
                        object.abandon()
                        staged[index] = .failure(failure)
                    }
                }
            }
            offset += Int64(filled)
            if filled < buffer.count { break }
        }
        guard hasher.value() == digest else {
            throw SourceProblem.damaged(
                Failure.damaged("\(name) in \(source.location)", "has other bytes than its name says"))
        }
        var outcomes: [Outcome] = []
        for (store, object) in zip(stores, staged) {
            switch object {
            case .failure(let failure): outcomes.append(.failure(failure))
            case .success(let object):
                outcomes.append(try attempt { try finish(object, name, store) })
            }
        }
        return (outcomes, UInt64(offset))
    }

    private func finish(_ object: any StagedObject, _ name: ObjectName, _ store: any ObjectStore) throws -> PutOutcome {
        let outcome = try object.finish(as: name, .deferred)
        try lock(name, in: store)
        return outcome
    }

    /// A copy is kept as long as what it is a copy of, where both stores can say so.
    func lock(_ name: ObjectName, in store: any ObjectStore) throws {
        guard let theirs = source.locking, let ours = store.locking, let lock = try theirs.lock(of: name) else {
            return
        }
        try ours.extendLock(of: name, lock)
    }

    private func read(_ name: ObjectName, at offset: Int64) throws -> Int {
        do {
            let filled = try source.read(name, at: offset, into: buffer)
            pace(filled)
            return filled
        } catch let failure as Failure where failure.code == .objectMissing {
            throw SourceProblem.missing
        }
    }

    /// Whether both stores have the same bytes under `name`.
    func isSame(_ name: ObjectName, in store: any ObjectStore, limit: Int) throws -> Bool {
        try checkpoint()
        return try source.readAll(name, limit: limit) == store.readAll(name, limit: limit)
    }

    private func attempt<R>(_ body: () throws -> R) throws -> Result<R, Failure> {
        do { return .success(try body()) } catch let failure as Failure { return .failure(failure) }
    }
}
