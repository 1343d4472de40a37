import Audit
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TransparencyLog

extension AuditCopies {
    /// Lets a witness sign the newest checkpoint of a log that it knows, and puts that beside it. Nil where the repository has none of this log.
    package static func cosign(
        permit: consuming Permit<ReplicateAction>, _ log: KnownLog, by witness: WitnessDesk, in repository: Repository,
        clock: WallClock
    ) throws -> CosignedLog? {
        let kept = try newest(of: log.id, in: repository)
        guard !kept.isEmpty else { return nil }
        let source = WitnessDesk.Source(repository.store.location, kept.map(\.named)) { old, most in
            try requests(log.id, from: old, upTo: most, in: repository)
        }
        let cosigned = try witness.follow(log, in: source)
        guard let bytes = cosigned.note?.bytes else { return cosigned }
        _ = try LockDuty.take(repository, clock: clock)
        let name = Names.auditCheckpoint(log.id, cosigned.tree.size, SHA256Digest.of(bytes))
        _ = try repository.store.put(bytes, as: name, .immediate)
        return cosigned
    }

    /// Of one size: more would only keep a witness from reading on.
    private static let mostRequests = 8

    private static func requests(
        _ log: String, from old: UInt64, upTo most: UInt64, in repository: Repository
    ) throws -> [[UInt8]] {
        let folder = "\(Names.auditRequests(log))/\(Names.number(old))"
        let names = try repository.store.names(below: folder).filter { name in
            let parts = name.path.split(separator: "/")
            return parts.count == 6 && UInt64(parts[4]).map { $0 <= most } ?? false
        }
        return try names.reversed().prefix(mostRequests).map {
            try read($0, in: repository, limit: SignedNote.largest * 2)
        }
    }
}
