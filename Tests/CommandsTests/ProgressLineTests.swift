import Operations
import Testing

@testable import Commands

@Suite struct ProgressLineTests {
    private var half: OperationProgress {
        var progress = OperationProgress()
        (progress.entries, progress.bytes, progress.totalBytes) = (1200, 50 << 20, 100 << 20)
        (progress.newBytes, progress.deduplicatedBytes, progress.problems) = (10 << 20, 40 << 20, 1)
        return progress
    }

    @Test("A line says how far, how fast, how much of it is new, and how long yet")
    func plain() {
        #expect(
            ProgressLine(half, seconds: 10).plain
                == "50 %, 1,200 entries, 50.0 MiB, 5.0 MiB/s, 10.0 MiB new, 40.0 MiB known, 1 problem, 10 s left")
    }

    @Test("The bar never fills the last column", arguments: [10, 60, 80, 200])
    func bar(_ columns: Int) {
        #expect(ProgressLine(half, seconds: 10).bar("backup", columns: columns).count < columns)
    }

    @Test("Nothing is promised while nothing is known")
    func unknown() {
        let line = ProgressLine(OperationProgress(), seconds: 0)
        #expect(line.fraction == nil)
        #expect(line.secondsLeft == nil)
        #expect(line.plain == "0 entries, 0 B")
    }
}
