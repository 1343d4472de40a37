import Primitives
import Storage

/// A destination on its way: what it has, and what is known to be wrong with it. Threads share it.
final class Replica: Sendable {
    private struct State {
        var there: [ObjectName: Int64] = [:]
        var report: ReplicationReport
        /// Packs that it must not be without, and is.
        var lacks: Set<Digest32> = []
        /// Writers whose records are others than at the source.
        var diverged: Set<WriterID> = []
    }

    let store: any ObjectStore
    private let state: Monitor<State>

    init(_ store: any ObjectStore) {
        self.store = store
        state = Monitor(State(report: ReplicationReport(destination: store.location)))
    }

    func begin() throws {
        var there: [ObjectName: Int64] = [:]
        for area in SourceListing.areas { try store.list(below: area) { there[$0] = $1 } }
        if let size = try store.size(of: Names.format) { there[Names.format] = size }
        state.withLock { $0.there = there }
    }

    var report: ReplicationReport { state.withLock { $0.report } }
    var isActive: Bool { state.withLock { $0.report.failure == nil } }
    var lacked: Set<Digest32> { state.withLock { $0.lacks } }
    var diverged: Set<WriterID> { state.withLock { $0.diverged } }
    var objects: [ObjectName: Int64] { state.withLock { $0.there } }

    func size(of name: ObjectName) -> Int64? { state.withLock { $0.there[name] } }
    func lacks(_ name: ObjectName) -> Bool { size(of: name) == nil }

    func fail(_ failure: Failure) {
        state.withLock { if $0.report.failure == nil { $0.report.failure = failure } }
    }

    func add(_ problem: Failure, lacking pack: Digest32? = nil, of writer: WriterID? = nil) {
        state.withLock { state in
            if !state.report.problems.contains(problem) { state.report.problems.append(problem) }
            if let pack { state.lacks.insert(pack) }
            if let writer { state.diverged.insert(writer) }
        }
    }

    func note(_ name: ObjectName, _ size: Int64, _ outcome: PutOutcome) {
        state.withLock { state in
            state.there[name] = size
            guard outcome == .created else { return }
            state.report.objectsCopied += 1
            state.report.bytesCopied += UInt64(size)
        }
    }

    func noteRemoved(_ name: ObjectName, _ size: UInt64) {
        state.withLock { state in
            state.there[name] = nil
            state.report.objectsRemoved += 1
            state.report.bytesRemoved += size
        }
    }

    func change(_ body: (inout ReplicationReport) -> Void) { state.withLock { body(&$0.report) } }

    /// Runs `body` for this destination: a failure of its own ends the copying to it, and to no other.
    func attempt(_ body: () throws -> Void) throws {
        guard isActive else { return }
        do {
            try body()
        } catch let failure as Failure where failure.code != .interrupted {
            fail(failure)
        }
    }
}
