import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Makes what is in a data directory already into what a base backup has, and writes only what differs: files that are as they should be are
/// read and left, of others only the blocks that are not. What the base backup does not have, or has as something else, is removed. What is
/// missing is left to the restore that follows.
struct DeltaRestore: Sendable {
    /// A page of the server's: what it writes at once.
    static let block = 8192
    /// Files that wait for a thread. Each may have the places of a thousand chunks with it.
    private static let queued = 32

    struct Outcome: Sendable, Equatable {
        var filesSame: UInt64 = 0
        var filesAmended: UInt64 = 0
        var bytesCompared: UInt64 = 0
        var bytesWritten: UInt64 = 0
        var removed: UInt64 = 0
    }

    private struct Work: Sendable {
        var record: ListingRecord
        var tree: Int
        var place: [UInt8]
    }

    private let engine: SnapshotReader
    private let trees: [RecoveredTree]
    private let roots: [TargetTree]
    private let observer: any OperationObserver
    private let outcome = Monitor(Outcome())

    /// The trees' targets are there. Nothing else writes into them.
    init(engine: SnapshotReader, trees: [RecoveredTree], observer: any OperationObserver) throws {
        (self.engine, self.trees, self.observer) = (engine, trees, observer)
        roots = try trees.map { try TargetTree.open($0.target, dryRun: false) }
    }

    /// The listing is read twice, so that no more of it is in memory than names: what is removed has to be known before anything is amended.
    func run() throws -> Outcome {
        var wanted = [[[UInt8]: EntryKind]](repeating: [:], count: trees.count)
        try forEachEntry { work in wanted[work.tree][work.place] = work.record.kind }
        for (index, tree) in trees.enumerated() {
            try remove(from: index, [], keeping: wanted[index], tree)
        }
        wanted = []
        try amend()
        return outcome.withLock { $0 }
    }

    private func forEachEntry(_ body: (Work) throws -> Void) throws {
        var listing = ListingReader(chunks: engine.chunkReader())
        var sequence = RecordSequence()
        try listing.forEachRecord(below: engine.description.root) { record, _ in
            if let problem = sequence.problem(of: record) {
                throw Failure.damaged("The listing of the base backup", problem)
            }
            for (index, tree) in trees.enumerated() {
                guard let place = tree.place(of: record.path), !place.isEmpty else { continue }
                try body(Work(record: record, tree: index, place: place))
            }
            return true
        }
    }

    // MARK: - What does not belong

    private func remove(
        from index: Int, _ directory: [UInt8], keeping wanted: [[UInt8]: EntryKind], _ tree: RecoveredTree
    ) throws {
        try checkpoint()
        let handle = try opened(index, directory)
        for name in try named(in: handle, index, directory) {
            let place = directory.isEmpty ? name : directory + [0x2F] + name
            if tree.kept.contains(place) || (directory.isEmpty && tree.isShared && wanted[name] == nil) { continue }
            var status = sh_stat()
            guard name.withPath({ sh_statx(handle.descriptor, $0, &status) }) == 0 else { continue }
            let isDirectory = status.mode & S_IFMT == S_IFDIR
            if isDirectory { try remove(from: index, place, keeping: wanted, tree) }
            // A file with another name elsewhere is not only ours to change.
            let isBound = !isDirectory && (status.mode & S_IFMT != S_IFREG || status.nlink > 1)
            if wanted[place] == (isDirectory ? .directory : .file), !isBound { continue }
            let removed = name.withPath { sh_unlink(handle.descriptor, $0, isDirectory ? 1 : 0) }
            guard removed == 0 else { throw failure(SystemError(removed, "removing it"), index, place) }
            outcome.withLock { $0.removed += 1 }
        }
    }

    private func named(in handle: DirectoryHandle, _ index: Int, _ directory: [UInt8]) throws -> [[UInt8]] {
        do {
            return try handle.names()
        } catch let error as SystemError {
            throw failure(error, index, directory)
        }
    }

    private func opened(_ index: Int, _ directory: [UInt8]) throws -> DirectoryHandle {
        if directory.isEmpty { return roots[index].root }
        do {
            return try roots[index].openDirectory(directory)
        } catch let error as SystemError {
            throw failure(error, index, directory)
        }
    }

    // MARK: - What is there already

    private func amend() throws {
        let (queue, threads) = (BoundedQueue<Work>(capacity: Self.queued), WorkerThreads())
        let problem = Monitor<(any Error)?>(nil)
        @Sendable func fail(_ error: any Error) { problem.withLock { $0 = $0 ?? error } }
        for _ in 0..<WorkerThreads.processorCount {
            threads.start { [self] in
                var worker = DeltaWorker(engine)
                while let work = queue.pop() {
                    // Who hands them out is not to wait for ever.
                    guard problem.withLock({ $0 == nil }) else { continue }
                    do {
                        try checkpoint()
                        try amend(work, &worker)
                    } catch {
                        fail(error)
                    }
                }
            }
        }
        do {
            try forEachEntry { work in
                if let error = problem.withLock({ $0 }) { throw error }
                if work.record.kind == .file { queue.push(work) }
            }
        } catch {
            fail(error)
        }
        queue.close()
        threads.joinAll()
        if let error = problem.withLock({ $0 }) { throw error }
    }

    private func amend(_ work: Work, _ worker: inout DeltaWorker) throws {
        let slash = work.place.lastIndex(of: 0x2F)
        let parent = slash.map { Array(work.place[..<$0]) } ?? []
        let name = slash.map { Array(work.place[($0 + 1)...]) } ?? work.place
        // Where its directory is not there, the file is not.
        guard let handle = try? parent.isEmpty ? roots[work.tree].root : roots[work.tree].openDirectory(parent) else {
            return
        }
        let descriptor = name.withPath { sh_open_write(handle.descriptor, $0) }
        if descriptor == -ENOENT { return }
        guard descriptor >= 0 else {
            throw failure(SystemError(descriptor, "opening it"), work.tree, work.place)
        }
        defer { close(descriptor) }
        do {
            let done = try worker.amend(descriptor, work.record)
            outcome.withLock { outcome in
                outcome.bytesCompared += work.record.size
                outcome.bytesWritten += done ?? 0
                if done == nil { outcome.filesSame += 1 } else { outcome.filesAmended += 1 }
            }
        } catch let error as SystemError {
            throw failure(error, work.tree, work.place)
        }
    }

    private func checkpoint() throws {
        if observer.isCancelled { throw Failure.interrupted }
    }

    private func failure(_ error: SystemError, _ index: Int, _ place: [UInt8]) -> Failure {
        let path = "\(trees[index].target)/\(String(decoding: place, as: UTF8.self))"
        if error.endsTheRun { return error.failure(target: path) }
        return Failure(
            .targetUnusable, "\(path) cannot be made what the base backup has: \(error.reason).",
            advice: "Run it as the user who owns the data directory; run again, it goes on where it stopped.")
    }
}
