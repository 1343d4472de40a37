import Primitives
import Sealing
import TransparencyLog

/// The keys by which a host signs its log, and the log's name. They are made once, and never leave the file.
struct AuditKey: ~Copyable {
    let name: NoteName
    private let seeds: SecretBytes

    /// `safehold audit key 1`, a line end, 16 bytes of the log's id, 64 of seeds.
    private static let mark = Array("safehold audit key 1\n".utf8)

    static func make() throws -> AuditKey {
        var random = SystemRandomNumberGenerator()
        let id = (0..<16).map { _ in random.next() as UInt8 }
        return AuditKey(name: try name(id), seeds: .random(count: 64))
    }

    private init(name: NoteName, seeds: consuming SecretBytes) {
        self.name = name
        self.seeds = seeds
    }

    private static let origin = "safehold.internal/audit/"

    private static func name(_ id: [UInt8]) throws -> NoteName {
        guard let name = NoteName(ofKey: origin + Hex.encode(id)) else {
            throw EncodingError("has a name that is none")
        }
        return name
    }

    /// Nil where there is none.
    static func read(_ place: AuditPlace) throws -> AuditKey? {
        guard var bytes = try LocalFile.read(place.key, limit: 4096, followingLinks: false) else { return nil }
        guard bytes.count == mark.count + 80, bytes.starts(with: mark) else {
            throw AuditFailure.replaced("\(place.key) is no key", place)
        }
        let id = Array(bytes[mark.count..<mark.count + 16])
        let all = SecretBytes(consuming: &bytes)
        return AuditKey(name: try name(id), seeds: all.slice(mark.count + 16..<all.count))
    }

    /// Writes the key once, readable by its owner only.
    func save(_ place: AuditPlace) throws {
        var bytes = Self.mark
        bytes += Hex.decode(name.description.dropFirst(Self.origin.utf8.count)) ?? []
        seeds.withUnsafeBytes { bytes.append(contentsOf: $0) }
        defer { _ = SecretBytes(consuming: &bytes) }
        try LocalFile.write(bytes, to: place.key)
    }

    func signer() throws -> NoteSigner { try NoteSigner(name: name, role: .log, seeds: seeds.copy()) }
}

/// Tells the two keys of a log, with its name, from any others.
func auditKeysDigest(_ keys: [VerifierKey]) -> Digest32 {
    SHA256Digest.of(keys.flatMap { Array("\($0)\n".utf8) })
}
