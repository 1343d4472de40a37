import Primitives
import TestSupport

@testable import TransparencyLog

/// A log's files in memory, and what a crash would leave of them.
///
/// It stops when told to, in front of a step. Then, as after a cut of power, of everything that nobody waited for any part may be there: of a rename the old name, the new one or both
/// states of it, of files that were being written some, in pieces.
final class StorageInMemory: LogStorage {
    struct Stopped: Error {}

    private struct State {
        var files: [String: [UInt8]] = [:]
        /// What a crash would go back to, and the renames since.
        var durable: [String: [UInt8]] = [:]
        var stepsLeft = Int.max
        var steps = 0
        /// All checkpoints that could have been read.
        var seen: [[UInt8]] = []
    }

    private let state: Monitor<State>

    init(_ files: [String: [UInt8]] = [:]) { state = Monitor(State(files: files, durable: files)) }

    var files: [String: [UInt8]] { state.withLock { $0.files } }
    var steps: Int { state.withLock { $0.steps } }
    var seen: [[UInt8]] { state.withLock { $0.seen } }

    func stop(before step: Int) { state.withLock { $0.stepsLeft = step } }
    subscript(_ path: String) -> [UInt8]? {
        get { state.withLock { $0.files[path] } }
        set { state.withLock { ($0.files[path], $0.durable[path]) = (newValue, newValue) } }
    }

    /// A storage as it may be after a crash now: of each file either what is durable or what was written since, and of that perhaps a piece.
    func afterCrash(_ random: inout SeededGenerator, losing: Bool) -> StorageInMemory {
        let (now, durable) = state.withLock { ($0.files, $0.durable) }
        guard losing else { return StorageInMemory(now) }
        var left = durable
        for path in Set(now.keys).union(durable.keys).sorted() where now[path] != durable[path] {
            // One step of one folder: names of other folders are not touched by it.
            switch random.next() % 3 {
            case 0: break
            case 1: left[path] = now[path]
            default:
                let isRenamed = path == LogWriter.checkpointPath
                left[path] =
                    isRenamed
                    ? now[path] : now[path].map { Array($0.prefix(Int(random.next() % UInt64($0.count + 1)))) }
            }
        }
        // A rename is one step: the checkpoint that waits is there until it has its name.
        if left[LogWriter.checkpointPath] != now[LogWriter.checkpointPath], let waiting = durable[LogWriter.nextPath] {
            left[LogWriter.nextPath] = waiting
        }
        return StorageInMemory(left)
    }

    private func step(_ body: (inout State) -> Void) throws {
        try state.withLock { state in
            guard state.stepsLeft > 0 else { throw Stopped() }
            state.stepsLeft -= 1
            state.steps += 1
            body(&state)
            if let checkpoint = state.files[LogWriter.checkpointPath], state.seen.last != checkpoint {
                state.seen.append(checkpoint)
            }
        }
    }

    func read(_ path: String) throws -> [UInt8]? { files[path] }

    func write(_ files: [LogFile]) throws {
        for file in files {
            try step { $0.files[file.path] = Array(file.bytes.prefix(file.bytes.count / 2)) }
            try step { $0.files[file.path] = file.bytes }
        }
        try step { $0.durable = $0.files }
    }

    func rename(_ path: String, to other: String) throws {
        try step { state in
            state.files[other] = state.files[path]
            state.files[path] = nil
        }
    }

    func names(in folder: String) throws -> [String] {
        Set(
            files.keys.filter { $0.hasPrefix(folder + "/") }.compactMap {
                $0.dropFirst(folder.count + 1).split(separator: "/").first
            }
        )
        .map(String.init)
    }

    func remove(_ paths: [String]) throws {
        for path in paths { try step { $0.files[path] = nil } }
    }
}
