import Benchmark
import CLinux

/// Every kernel of the hot path on its own. Numbers of one run compare with each other; those of two machines do not.
let benchmarks: @Sendable () -> Void = {
    // As the program does when it starts: large buffers stay in the heap.
    sh_tune_allocator()
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .throughput, .peakMemoryResident], warmupIterations: 3,
        maxDuration: .seconds(2), maxIterations: 10_000)
    chunkingBenchmarks()
    sealingBenchmarks()
    walkingBenchmarks()
    indexBenchmarks()
    listingBenchmarks()
    parityBenchmarks()
}
