import Benchmark
import Parity
import Sealing

/// Parity of one group of 240 blocks of 64 KiB.
func parityBenchmarks() {
    let shape = ParityShape(byteCount: 240 * 65_536)
    let bytes = Material.random(Int(shape.byteCount))
    Benchmark("Parity of 15 MiB, 240+15") { benchmark in
        guard let parity = ParityAccumulator(shape) else { return }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { add(bytes, to: parity) }
    }
    Benchmark("Parity and digests of 15 MiB, as a copy makes them") { benchmark in
        guard let parity = ParityAccumulator(shape) else { return }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            digest(bytes, shape.blockSize)
            add(bytes, to: parity)
        }
    }
    Benchmark("Digests of 15 MiB, as a check makes them") { benchmark in
        for _ in benchmark.scaledIterations { digest(bytes, shape.blockSize) }
    }
}

private func add(_ bytes: [UInt8], to parity: ParityAccumulator) {
    let size = parity.shape.blockSize
    bytes.withUnsafeBytes { bytes in
        for index in 0..<bytes.count / size {
            parity.add(UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size]), at: index)
        }
    }
}

/// Each block's and the object's at once.
private func digest(_ bytes: [UInt8], _ size: Int) {
    var object = SHA256Lane()
    bytes.withUnsafeBytes { bytes in
        for index in 0..<bytes.count / size {
            let block = UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
            var own = SHA256Lane()
            SHA256Lane.update(&object, block, &own, block)
            blackHole(own.value())
        }
    }
    blackHole(object.value())
}
