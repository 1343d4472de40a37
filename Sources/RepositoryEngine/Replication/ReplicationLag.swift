import Primitives
import Storage

/// How far a destination is behind its source.
package struct ReplicationLag: Sendable {
    package struct Writer: Sendable {
        package var writer: WriterID
        package var host: String
        /// The newest snapshot that counts at the source, and at the destination.
        package var source: Timestamp?
        package var destination: Timestamp?
        package var snapshotsBehind: UInt64
    }

    package var destination: String
    package var writers: [Writer] = []
    package var objectsBehind: UInt64 = 0
    package var bytesBehind: UInt64 = 0
    package var isCurrent: Bool { writers.allSatisfy { $0.snapshotsBehind == 0 } }

    /// By lists, and the newest snapshot record of each writer.
    package init(of destination: any ObjectStore, behind source: any ObjectStore) throws {
        self.destination = destination.location
        let listing = try SourceListing(source)
        var there: [ObjectName: Int64] = [:]
        for area in SourceListing.areas { try destination.list(below: area) { there[$0] = $1 } }
        let dead = try Sweeps(store: source).dead
        for object in listing.hashed + listing.comparable where there[object.name] == nil {
            if let digest = Digest32(hex: object.name.lastComponent), dead.contains(digest) { continue }
            objectsBehind += 1
            bytesBehind += UInt64(object.size)
        }
        let commits = Dictionary(grouping: listing.commits.map(\.name)) { $0.writer ?? .zero }
        for (id, certificate) in listing.repository.keyring.writers.sorted(by: { $0.key < $1.key }) {
            let names = commits[id] ?? []
            let common = names.filter { there[$0] != nil }
            writers.append(
                Writer(
                    writer: id, host: certificate.host, source: try Self.time(of: names.last, source),
                    destination: try Self.time(of: common.last, destination),
                    snapshotsBehind: UInt64(names.count - common.count)))
        }
    }

    /// What the writer's clock said.
    private static func time(of commit: ObjectName?, _ store: any ObjectStore) throws -> Timestamp? {
        guard let commit else { return nil }
        let name = Names.snapshot(for: commit)
        do {
            let bytes = try store.readAll(name, limit: 4 << 20)
            return try SnapshotRecord(fields: SignedRecord(decoding: bytes, as: .snapshot).fields).time
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }
}
