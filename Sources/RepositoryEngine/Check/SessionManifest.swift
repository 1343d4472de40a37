import Primitives
import Sealing
import Storage

/// What a session wrote, signed by its writer.
package struct SessionManifest: Sendable {
    package struct Object: Sendable, Hashable {
        package var kind: PackClass
        package var digest: Digest32
        package var size: UInt64

        package init(kind: PackClass, digest: Digest32, size: UInt64) {
            (self.kind, self.digest, self.size) = (kind, digest, size)
        }
    }

    package let name: ObjectName
    package let writer: WriterID
    package let session: SessionID
    package let domain: DomainID
    /// SHA-256 of the record: what a commit names.
    package let digest: Digest32
    package let objects: [Object]

    /// Reads and checks the manifest at `name`.
    package init(_ name: ObjectName, repository: Repository) throws {
        let parts = name.path.split(separator: "/")
        guard parts.count == 4, let writer = WriterID(hex: parts[1]), let session = SessionID(hex: parts[2]),
            let certificate = repository.keyring.writers[writer]
        else {
            throw Failure(
                .signatureInvalid, "\(name) was written by a writer whom the administrator never certified.",
                advice: "Do not trust it; compare with another copy of the repository.")
        }
        let bytes = try repository.store.readAll(name, limit: 1 << 30)
        let fields = try SignedRecord.verified(
            bytes, as: .manifest, by: certificate.key, repository: repository.id, name: name)
        self.name = name
        self.writer = writer
        self.session = session
        domain = certificate.domain
        digest = SHA256Digest.of(bytes)
        do {
            guard try fields.identifier(1) == writer, try fields.identifier(2) == session else {
                throw EncodingError("is that of another session")
            }
            objects = try Self.objects(try fields.bytes(3))
        } catch let error as EncodingError {
            throw Failure.damaged(name, error.problem)
        }
    }

    private static func objects(_ bytes: [UInt8]) throws(EncodingError) -> [Object] {
        try ByteReader.reading(bytes) { (reader) throws(EncodingError) in
            var objects: [Object] = []
            while !reader.isAtEnd {
                guard let kind = PackClass(rawValue: try reader.u8()), kind.isCollected else {
                    throw EncodingError("lists an object of an unknown class")
                }
                objects.append(Object(kind: kind, digest: try reader.digest(), size: try reader.u64()))
            }
            return objects
        }
    }

    package func objectName(_ object: Object) -> ObjectName {
        object.kind == .indexRun ? Names.indexRun(domain, object.digest) : Names.pack(object.digest, object.kind)
    }

    /// Checks the small records that stand beside a manifest.
    package static func checkMark(_ name: ObjectName, repository: Repository) throws {
        let parts = name.path.split(separator: "/")
        guard parts.count == 4, let writer = WriterID(hex: parts[1]),
            let certificate = repository.keyring.writers[writer]
        else {
            throw Failure(
                .signatureInvalid, "\(name) was written by a writer whom the administrator never certified.",
                advice: "Do not trust it; compare with another copy of the repository.")
        }
        let kind: SignedRecord.Kind = parts[3] == "intent" ? .intent : parts[3] == "abandoned" ? .abandoned : .end
        let bytes = try repository.store.readAll(name, limit: 1 << 20)
        let fields = try SignedRecord.verified(
            bytes, as: kind, by: certificate.key, repository: repository.id, name: name)
        guard fields[1] == writer.bytes, fields[2] == SessionID(hex: parts[2])?.bytes else {
            throw Failure.damaged(name, "is that of another session")
        }
    }
}
