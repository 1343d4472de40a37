import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Until when objects are locked, as far as this host knows. It can be lost without harm: the store is asked then.
struct LockMemory: Sendable {
    /// The highest lock policy that was ever seen.
    var policy: UInt64 = 0
    /// Seconds since 1970, by the name of a pack, or the digest of another object's path.
    var until: [Digest32: UInt64] = [:]

    static func key(_ name: ObjectName) -> Digest32 { SHA256Digest.of(Array(name.path.utf8)) }

    init() {}

    /// Forgets packs that nothing on this host needs any more.
    mutating func keep(only packs: Set<Digest32>) {
        if until.count > 2 * packs.count + 1000 { until = until.filter { packs.contains($0.key) } }
    }

    func with(policy: UInt64) -> LockMemory {
        var memory = self
        memory.policy = max(policy, self.policy)
        return memory
    }

    init(records reader: SealedFile.Reader) {
        guard let head = reader.next(), head.count == 8 else { return }
        policy = head.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        while let bytes = reader.next() {
            bytes.withUnsafeBytes { raw in
                for start in stride(from: 0, to: raw.count - raw.count % 40, by: 40) {
                    let entry = UnsafeRawBufferPointer(rebasing: raw[start..<start + 40])
                    until[Digest32(loading: entry)] = UInt64(
                        littleEndian: entry.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
                }
            }
        }
    }

    func save(to writer: SealedFile.Writer) throws {
        var head = ByteWriter()
        head.u64(policy)
        try writer.append(head.bytes)
        var entries = ByteWriter()
        for (key, seconds) in until {
            entries.digest(key)
            entries.u64(seconds)
            if entries.bytes.count >= 40 << 10 {
                try writer.append(entries.bytes)
                entries = ByteWriter()
            }
        }
        try writer.append(entries.bytes)
    }
}

extension HostCaches {
    private var lockPath: String { folder + "/locks" }

    func lockMemory(cacheKey: borrowing SecretBytes) -> LockMemory {
        SealedFile.Reader(path: lockPath, cacheKey: cacheKey).map { LockMemory(records: $0) } ?? LockMemory()
    }

    func keep(_ memory: LockMemory, cacheKey: borrowing SecretBytes) throws {
        let temporary = "\(lockPath).\(getpid())"
        unlink(temporary)
        let writer = try SealedFile.Writer(path: temporary, cacheKey: cacheKey)
        try memory.save(to: writer)
        try writer.flush()
        try LocalFile.replace(lockPath, with: temporary, durably: false)
    }
}
