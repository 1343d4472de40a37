import Glibc
import Primitives
import Storage
import StorageConformance
import TestSupport
import Testing

@Suite("A store that reads ahead") struct ReadAheadStoreTests {
    private let name = ObjectName("meta/00/a")
    private static let content = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    private var content: [UInt8] { Self.content }

    private func stores() throws -> (counted: CountedReads, store: ReadAheadStore) {
        let memory = MemoryStore()
        _ = try memory.put(content, as: name, .immediate)
        let counted = CountedReads()
        return (counted, ReadAheadStore(counted.watching(memory), room: 4 << 20))
    }

    @Test("gives the bytes that are there, whatever is read in whatever order")
    func sameBytes() throws {
        let (_, store) = try stores()
        var random = SeededGenerator(seed: 3)
        var position = 0
        for _ in 0..<3000 {
            position = Bool.random(using: &random) ? position : Int.random(in: 0..<content.count + 1000, using: &random)
            let count = Int.random(in: 1..<(1 << Int.random(in: 1..<21, using: &random)), using: &random)
            let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                filled = try store.read(name, at: Int64(position), into: UnsafeMutableRawBufferPointer(buffer))
            }
            let wanted = content[min(position, content.count)..<min(position + count, content.count)]
            // Byte by byte, an unoptimised comparison takes longer than all else here.
            let isSame = wanted.withUnsafeBytes { wanted in
                bytes.withUnsafeBytes { bytes in
                    bytes.count == wanted.count
                        && (bytes.isEmpty || memcmp(bytes.baseAddress!, wanted.baseAddress!, bytes.count) == 0)
                }
            }
            #expect(isSame)
            position = min(content.count, position + count)
        }
    }

    @Test("asks a hundredth as often where reads follow on each other")
    func fewRequests() throws {
        let (counted, store) = try stores()
        for start in stride(from: 0, to: content.count, by: 4096) {
            _ = try store.readRange(name, at: Int64(start), count: min(4096, content.count - start))
        }
        #expect(counted.count <= 12, "\(counted.count) requests for \(content.count / 4096) reads")
    }

    @Test("and where three go through one object side by side")
    func sideBySide() throws {
        let (counted, store) = try stores()
        let third = content.count / 3
        for start in stride(from: 0, to: third, by: 4096) {
            for begin in [0, third, 2 * third] {
                _ = try store.readRange(name, at: Int64(begin + start), count: min(4096, third - start))
            }
        }
        #expect(counted.count <= 15, "\(counted.count) requests for \(content.count / 4096) reads")
    }

    @Test("does not take much more than is asked for where reads lie far apart")
    func farApart() throws {
        let (counted, store) = try stores()
        for start in [4_000_000, 100_000, 2_500_000] { _ = try store.readRange(name, at: Int64(start), count: 1000) }
        #expect(counted.bytes <= 3 * 128 << 10)
    }

    @Test("says of what is missing that it is, and does not remember what was removed")
    func missing() throws {
        let (_, store) = try stores()
        _ = try store.readRange(name, at: 0, count: 10)
        try store.remove(name)
        #expect(throws: Failure.self) { try store.readRange(name, at: 0, count: 10) }
        #expect(throws: Failure.self) { try store.readAll(ObjectName("none"), limit: 10) }
    }

    @Test("keeps the contract of stores")
    func conformance() {
        var effort = ConformanceSuite.Effort()
        effort.rounds = 4
        effort.bigObjectBytes = 6 << 20
        let suite = ConformanceSuite(store: ReadAheadStore(MemoryStore()), below: "conformance", effort: effort)
        #expect(suite.run().findings == [])
    }
}

private final class CountedReads: Sendable {
    private let reads = Monitor<[Int]>([])
    var count: Int { reads.withLock { $0.count } }
    var bytes: Int { reads.withLock { $0.reduce(0, +) } }

    func watching(_ store: MemoryStore) -> InterposedStore {
        InterposedStore(store) { [reads] request, _ in
            if case .read(let bytes) = request { reads.update { $0.append(bytes) } }
        }
    }
}
