import Primitives
import RepositoryEngine

/// Collects findings from all threads of a verification.
final class VerifyLedger: Sendable {
    struct State {
        var report = VerifyReport()
        /// The finding of each damaged or missing pack.
        var packs: [Digest32: Int] = [:]
        /// The finding of each chunk that is lost.
        var chunks: [ChunkID: Int] = [:]
        var progress = OperationProgress()
        var untold: UInt64 = 0
        var stop: Failure?
    }

    private let observer: any OperationObserver
    let state = Monitor(State())

    init(observer: any OperationObserver) { self.observer = observer }

    /// Returns the finding's ordinal. Beyond the limit all share the last one.
    @discardableResult
    func add(_ object: String, _ problem: String) -> Int {
        state.withLock { state in
            state.report.findingCount += 1
            if state.report.findings.count == VerifyReport.keptFindings { return VerifyReport.keptFindings - 1 }
            state.report.findings.append(VerifyFinding(object: object, problem: problem))
            return state.report.findings.count - 1
        }
    }

    func add(_ failure: Failure) { add("", failure.message) }

    /// A finding about a pack; a pack has one at most.
    @discardableResult
    func add(pack: Digest32, _ object: String, _ problem: String) -> Int {
        if let known = state.withLock({ $0.packs[pack] }) { return known }
        let ordinal = add(object, problem)
        state.withLock { $0.packs[pack] = ordinal }
        return ordinal
    }

    func lose(_ chunk: ChunkID, _ finding: Int) { state.withLock { $0.chunks[chunk] = $0.chunks[chunk] ?? finding } }

    func note(_ text: String) {
        state.withLock { state in
            if state.report.notes.count < VerifyReport.keptFindings { state.report.notes.append(text) }
        }
        observer.warning(text)
    }

    func count(objects: UInt64 = 0, bytes: UInt64 = 0, chunks: UInt64 = 0) {
        let told = state.withLock { state -> OperationProgress? in
            state.report.objects += objects
            state.report.bytesRead += bytes
            state.report.chunks += chunks
            state.progress.entries += objects
            state.progress.bytes += bytes
            state.progress.problems = state.report.findingCount
            state.untold += bytes + objects * 4096
            guard state.untold >= 8 << 20 else { return nil }
            state.untold = 0
            return state.progress
        }
        if let told { observer.progress(told) }
    }

    func expect(entries: UInt64, bytes: UInt64) {
        state.withLock { ($0.progress.totalEntries, $0.progress.totalBytes) = (entries, bytes) }
    }

    func stop(_ failure: Failure) { state.withLock { $0.stop = $0.stop ?? failure } }

    func checkpoint() throws {
        if observer.isCancelled { throw Failure.interrupted }
        if let failure = state.withLock({ $0.stop }) { throw failure }
    }
}
