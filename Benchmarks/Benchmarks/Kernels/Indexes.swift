import Benchmark
import Primitives
import RepositoryEngine
import Sealing
import Storage

func indexBenchmarks() {
    let entries: UInt64 = 200_000
    let chunks = (0..<entries).map { Digest32(a: $0 &* (.max / entries), b: $0, c: 0, d: 0) }
    for (name, cache) in [("in the cache", 64 << 20), ("outside the cache", 1 << 16)] {
        Benchmark("Look up 1,000 chunks \(name), of 200,000") { benchmark in
            let locator = try locator(chunks, cacheBytes: cache)
            var numbers = Material.Numbers()
            for chunk in chunks { _ = try locator.location(of: chunk) }
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                for _ in 0..<1_000 { blackHole(try locator.location(of: chunks[Int(numbers.next() % entries)])) }
            }
        }
    }
    Benchmark("Write an index run of 200,000 chunks") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try locator(chunks, cacheBytes: 0)) }
    }
}

private func locator(_ chunks: [ChunkID], cacheBytes: Int) throws -> ChunkLocator {
    let (repository, domain) = (RepositoryID.random(), DomainID.random())
    let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
    let bundle = EpochBundle(domain: domain, epoch: 1, secrets: secrets, created: Timestamp(nanoseconds: 0))
    let opener = SealOpener(repository: repository)
    opener.add(secrets, domain: domain, epoch: 1)
    let session = try SealingSession(id: .random(), repository: repository, bundle: bundle)
    let store = MemoryStore()
    let writer = try IndexRunWriter(session: session, store: store)
    for chunk in chunks { try writer.append(IndexEntry(id: chunk.prefix, pack: 0, offset: 0, storedCount: 1)) }
    let run = try writer.finish(packs: [IndexedPack(name: .zero, size: 1, kind: .data)], domain: domain, in: store)
    return ChunkLocator(
        runs: [try IndexRun(name: Names.indexRun(domain, run.name), store: store, opener: opener)], store: store,
        cacheBytes: cacheBytes)
}
