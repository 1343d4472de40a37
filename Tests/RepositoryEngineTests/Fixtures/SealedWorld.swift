import Primitives
import RepositoryEngine
import Sealing
import Storage

/// A domain with one epoch, a session that seals to it, and the opener that opens what the session sealed.
struct SealedWorld: Sendable {
    let repository = RepositoryID.random()
    let domain = DomainID.random()
    let store = MemoryStore()
    let session: SealingSession
    let opener: SealOpener
    let identity: ChunkIdentity

    init(epoch: UInt32 = 1) throws {
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        let bundle = EpochBundle(domain: domain, epoch: epoch, secrets: secrets, created: Timestamp(nanoseconds: 0))
        session = try SealingSession(id: .random(), repository: repository, bundle: bundle)
        identity = secrets.domain.identity()
        opener = SealOpener(repository: repository)
        opener.add(secrets, domain: domain, epoch: epoch)
    }

    func id(_ plaintext: [UInt8], _ type: ChunkType = .data) -> ChunkID {
        plaintext.withUnsafeBytes { identity.id(of: type, plaintext: $0) }
    }

    /// A reader of everything that `packs` hold.
    func reader(of packs: [FinishedPack]) throws -> ChunkReader {
        let run = try IndexRunWriter.write(packs, session: session, store: store)
        return try reader(of: [run.name])
    }

    func reader(of runs: [Digest32]) throws -> ChunkReader {
        let opened = try runs.map { try IndexRun(name: Names.indexRun(domain, $0), store: store, opener: opener) }
        return ChunkReader(
            store: store, locator: ChunkLocator(runs: opened, store: store),
            packs: PackCache(store: store, opener: opener), identity: identity)
    }
}

extension PackWriter {
    /// Adds a chunk in a frame as the writer makes it.
    func append(_ plaintext: [UInt8], _ type: ChunkType, id: ChunkID) throws {
        let compressor = Compressor(level: .standard)
        var frame = [UInt8](repeating: 0, count: BlobFrame.bound(plaintext.count))
        let count = frame.withUnsafeMutableBytes { frame in
            plaintext.withUnsafeBytes { BlobFrame.encode($0, with: compressor, into: frame) }
        }
        try append(frame: Array(frame[..<count]), type, id: id, plaintextCount: plaintext.count)
    }

    /// Adds a chunk in a frame that was made by hand.
    func append(frame: [UInt8], _ type: ChunkType, id: ChunkID, plaintextCount: Int) throws {
        try frame.withUnsafeBytes { try append($0, type: type, id: id, plaintextCount: plaintextCount) }
    }
}

extension ChunkReader {
    mutating func bytes(_ id: ChunkID, _ type: ChunkType = .data) throws -> [UInt8] { try read(id, type) { Array($0) } }
}

extension MemoryStore {
    func bytes(_ name: ObjectName) throws -> [UInt8] { try readAll(name, limit: 1 << 30) }

    /// Overwrites part of an object, as a dying disk does.
    func damage(_ name: ObjectName, at offset: Int, with bytes: [UInt8]) throws {
        var whole = try self.bytes(name)
        whole.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        tamper(name, with: whole)
    }
}

/// The code of the failure that `body` throws; nil when it throws none, or another kind of error.
func failureCode(_ body: () throws -> Void) -> Failure.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? Failure)?.code
    }
}
