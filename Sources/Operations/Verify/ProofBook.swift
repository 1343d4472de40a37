import Primitives
import RepositoryEngine
import Sealing

/// When each object of a repository was last proven, as this host remembers it (VER-1).
///
/// It lies beside the host's other state of the repository. Who loses it proves everything anew; who can write it could make objects pass for
/// proven, as whoever has the host can do in any other way.
package struct ProofBook: Sendable {
    package struct Proof: Sendable, Equatable {
        /// Its bytes were those that its name was made of (V2); zero: never.
        var bytes = Timestamp(nanoseconds: 0)
        /// It was decrypted, and what is in it was what its ids say (V3); zero: never.
        var content = Timestamp(nanoseconds: 0)

        func newer(_ other: Proof) -> Proof {
            Proof(bytes: max(bytes, other.bytes), content: max(content, other.content))
        }
    }

    private let path: String
    private(set) var proofs: [Digest32: Proof]

    /// One that is damaged is as one that is lost.
    package init(_ state: HostState, of repository: RepositoryID) throws {
        path = state.folder(of: repository) + "/proofs"
        proofs = try Self.read(path) ?? [:]
    }

    init(_ proofs: [Digest32: Proof] = [:]) { (path, self.proofs) = ("", proofs) }

    subscript(_ object: Digest32) -> Proof { proofs[object] ?? Proof() }

    mutating func proved(_ object: Digest32, bytes: Timestamp? = nil, content: Timestamp? = nil) {
        let zero = Timestamp(nanoseconds: 0)
        proofs[object] = self[object].newer(Proof(bytes: bytes ?? zero, content: content ?? zero))
    }

    /// It is not what it should be, and is looked at first from now on.
    mutating func disproved(_ object: Digest32) { proofs[object] = nil }

    /// With what another run proved meanwhile; of what is not `there` any more nothing is kept.
    mutating func save(there: Set<Digest32>, disproved: Set<Digest32> = []) throws {
        for (object, proof) in try Self.read(path) ?? [:] where !disproved.contains(object) {
            proofs[object] = self[object].newer(proof)
        }
        proofs = proofs.filter { there.contains($0.key) }
        if let slash = path.lastIndex(of: "/") { try LocalFile.makeDirectories(String(path[..<slash])) }
        try LocalFile.write(encoded(), to: path)
    }

    // MARK: - Bytes

    private static let magic = Array("safehold proofs 1\n".utf8)
    private static let recordCount = 48
    private static let limit = 1 << 32

    /// The magic, records of 48 bytes in the order of their objects (32 bytes of the name's digest, two times of 8 in nanoseconds since 1970, the
    /// highest byte first), and the SHA-256 over all that.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.magic.count + proofs.count * Self.recordCount + 32)
        for (object, proof) in proofs.sorted(by: { $0.key < $1.key }) {
            bytes += object.bytes
            for time in [proof.bytes, proof.content] {
                withUnsafeBytes(of: time.nanoseconds.bigEndian) { bytes += $0 }
            }
        }
        return bytes + SHA256Digest.of(bytes).bytes
    }

    private static func read(_ path: String) throws -> [Digest32: Proof]? {
        guard !path.isEmpty, let bytes = try LocalFile.read(path, limit: limit) else { return nil }
        return decode(bytes)
    }

    static func decode(_ bytes: [UInt8]) -> [Digest32: Proof]? {
        let end = bytes.count - 32
        guard end >= magic.count, bytes.starts(with: magic), (end - magic.count) % recordCount == 0,
            SHA256Digest.of(Array(bytes[..<end])).bytes == Array(bytes[end...])
        else { return nil }
        var proofs: [Digest32: Proof] = [:]
        bytes.withUnsafeBytes { all in
            for start in stride(from: magic.count, to: end, by: recordCount) {
                let object = Digest32(loading: UnsafeRawBufferPointer(rebasing: all[start..<(start + 32)]))
                let times = [32, 40].map {
                    Int64(bigEndian: all.loadUnaligned(fromByteOffset: start + $0, as: Int64.self))
                }
                proofs[object] = Proof(
                    bytes: Timestamp(nanoseconds: times[0]), content: Timestamp(nanoseconds: times[1]))
            }
        }
        return proofs
    }
}
