import Crypto
import Primitives
import Storage

/// An object on its way: it waits in a file without a name, hashed as it comes in, until it can be sent in one request.
final class SpooledObject: StagedObject {
    private let store: S3Store
    private var spool: Spool?
    private var hash = SHA256()

    init(store: S3Store) throws {
        self.store = store
        spool = try Spool(in: store.spoolPlaces)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let spool else { throw Self.isOver }
        hash.update(bufferPointer: bytes)
        try spool.append(bytes)
    }

    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        guard let spool else { throw Self.isOver }
        defer { abandon() }
        return try store.write(.spool(spool, digest: Array(hash.finalize())), as: name)
    }

    func abandon() { spool = nil }

    private static let isOver = Failure(
        .internalError, "A staged object was used after its end.", advice: "Please report it.")
}
