import Benchmark
import Chunking
import Primitives
import Sealing

func chunkingBenchmarks() {
    let bytes = Material.random(16 << 20)
    let chunker = GearChunker(parameters: .standard, keyMaterial: Material.random(2048))
    Benchmark("Cut 16 MiB into chunks") { benchmark in
        for _ in benchmark.scaledIterations {
            bytes.withUnsafeBytes { raw in
                var start = 0
                while start < raw.count {
                    start += chunker.firstCut(in: UnsafeRawBufferPointer(rebasing: raw[start...]))
                }
                blackHole(start)
            }
        }
    }
    let (one, two) = (Array(bytes[..<(1 << 20)]), Array(bytes[(1 << 20)..<(2 << 20)]))
    for sideBySide in [true, false] where sideBySide == false || SHA256Lane.isSideBySide {
        Benchmark("Hash 2 × 1 MiB \(sideBySide ? "at once" : "one after the other")") { benchmark in
            for _ in benchmark.scaledIterations {
                var (first, second) = (SHA256Lane(sideBySide: sideBySide), SHA256Lane(sideBySide: sideBySide))
                one.withUnsafeBytes { a in two.withUnsafeBytes { b in SHA256Lane.update(&first, a, &second, b) } }
                blackHole((first.value(), second.value()))
            }
        }
    }
    let identity = ChunkIdentity(key: Material.key().symmetricKey())
    for (name, count) in [("4 KiB", 4 << 10), ("256 KiB", 256 << 10)] {
        let chunk = Array(bytes[..<count])
        Benchmark("Id of \(name)") { benchmark in
            for _ in benchmark.scaledIterations {
                blackHole(chunk.withUnsafeBytes { identity.id(of: .data, plaintext: $0) })
            }
        }
    }
}
