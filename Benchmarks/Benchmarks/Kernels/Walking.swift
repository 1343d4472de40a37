import Benchmark
import CLinux
import Capture
import Foundation
import Primitives

func walkingBenchmarks() {
    Benchmark("Walk 10,000 files in 100 directories, warm", configuration: .init(maxIterations: 200)) { benchmark in
        let root = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().appending(
            path: "safehold-walk-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for directory in 0..<100 {
            let folder = root.appending(path: "d\(directory)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for file in 0..<100 { try Data().write(to: folder.appending(path: "f\(file)")) }
        }
        var status = sh_stat()
        _ = sh_statx(AT_FDCWD, root.path, &status)
        let options = WalkOptions(
            exclusions: try ExclusionPatterns(lines: []), oneFileSystem: false, excludeCaches: false)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            var count = 0
            let walk = TreeWalk(path: Array(root.path.utf8.dropFirst()), status: status, options: options)
            try walk.forEach(problem: { _ in }) { _, _ in count += 1 }
            blackHole(count)
        }
        benchmark.stopMeasurement()
    }
}
