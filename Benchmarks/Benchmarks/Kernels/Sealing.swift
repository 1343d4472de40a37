import Benchmark
import Primitives
import RepositoryEngine
import Sealing

func sealingBenchmarks() {
    let inputs = [("text", Material.text(256 << 10)), ("noise", Material.random(256 << 10))]
    for (name, bytes) in inputs {
        Benchmark("Compress 256 KiB of \(name)") { benchmark in
            let compressor = Compressor(level: .standard)
            var output = [UInt8](repeating: 0, count: Compressor.bound(bytes.count))
            for _ in benchmark.scaledIterations {
                output.withUnsafeMutableBytes { output in
                    bytes.withUnsafeBytes { blackHole(compressor.compress($0, into: output)) }
                }
            }
        }
    }
    decompression(inputs[0].1)
    let key = AEADKey(Material.key().symmetricKey())
    for (name, count) in [("4 KiB", 4 << 10), ("256 KiB", 256 << 10)] {
        let bytes = Material.random(count)
        Benchmark("Seal \(name)") { benchmark in
            var output = [UInt8](repeating: 0, count: count + AEADKey.overhead)
            let aad = [UInt8](repeating: 0, count: BlobFrame.associatedDataCount)
            for number in benchmark.scaledIterations {
                let nonce = SealNonce(domain: 0, number: UInt64(number))
                try output.withUnsafeMutableBytes { output in
                    try bytes.withUnsafeBytes { plain in
                        try aad.withUnsafeBytes {
                            blackHole(try key.seal(plain, nonce: nonce, authenticating: $0, into: output))
                        }
                    }
                }
            }
        }
        Benchmark("Open \(name)") { benchmark in
            let nonce = SealNonce(domain: 0, number: 1)
            let sealed = try key.seal(bytes, nonce: nonce, authenticating: [])
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations {
                try sealed.withUnsafeBytes { sealed in
                    try key.open(sealed, nonce: nonce, authenticating: UnsafeRawBufferPointer(start: nil, count: 0)) {
                        blackHole($0.count)
                    }
                }
            }
        }
    }
}

private func decompression(_ bytes: [UInt8]) {
    Benchmark("Decompress 256 KiB of text") { benchmark in
        let compressor = Compressor(level: .standard)
        var frame = [UInt8](repeating: 0, count: Compressor.bound(bytes.count))
        let count = frame.withUnsafeMutableBytes { frame in
            bytes.withUnsafeBytes { compressor.compress($0, into: frame) ?? 0 }
        }
        let decompressor = Decompressor()
        var output = [UInt8](repeating: 0, count: bytes.count)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            try frame.withUnsafeBytes { frame in
                try output.withUnsafeMutableBytes { output in
                    try decompressor.decompress(UnsafeRawBufferPointer(rebasing: frame[..<count]), into: output)
                }
            }
        }
    }
}
