import Primitives
import Sealing
import TransparencyLog

/// The keys by which this host signs as a witness of others' logs. They are others than those of its own log, are made once, and never leave the file.
struct WitnessKey: ~Copyable {
    let name: NoteName
    private let seeds: SecretBytes

    /// `safehold witness key 1`, a line end, the name, a line end, 64 bytes of seeds.
    private static let mark = Array("safehold witness key 1\n".utf8)
    private static let newline: UInt8 = 0x0A

    /// Nil for what no key may be called.
    static func make(named text: String?) -> WitnessKey? {
        var random = SystemRandomNumberGenerator()
        let id = Hex.encode((0..<16).map { _ in random.next() as UInt8 })
        guard let name = NoteName(ofKey: text ?? "safehold.internal/witness/" + id) else { return nil }
        return WitnessKey(name: name, seeds: .random(count: 64))
    }

    private init(name: NoteName, seeds: consuming SecretBytes) {
        self.name = name
        self.seeds = seeds
    }

    /// Nil where there is none.
    static func read(_ path: String) throws -> WitnessKey? {
        guard var bytes = try LocalFile.read(path, limit: 4096, followingLinks: false) else { return nil }
        let start = bytes.count - 64
        guard bytes.starts(with: mark), start > mark.count, bytes[start - 1] == newline,
            let name = NoteName(ofKey: bytes[mark.count..<start - 1])
        else { throw WitnessFailure.unusable(path, "is no witness's key") }
        let all = SecretBytes(consuming: &bytes)
        return WitnessKey(name: name, seeds: all.slice(start..<all.count))
    }

    /// Writes the key, readable by its owner only.
    func save(_ path: String) throws {
        var bytes = Self.mark + name.utf8 + [Self.newline]
        seeds.withUnsafeBytes { bytes.append(contentsOf: $0) }
        defer { _ = SecretBytes(consuming: &bytes) }
        try LocalFile.write(bytes, to: path)
    }

    func signer() throws -> NoteSigner { try NoteSigner(name: name, role: .witness, seeds: seeds.copy()) }
}
