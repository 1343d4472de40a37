import CLinux
import Glibc
import Primitives
import RepositoryEngine

/// Worker threads, and the windows that are in their hands. Windows are finished in order: their further names and the metadata of
/// directories that nothing more comes into follow once all their entries stand.
final class RestoreCrew {
    private final class InFlight: Sendable {
        let window: RestoreWindow
        init(_ window: RestoreWindow) { self.window = window }
    }

    private struct State {
        var windows: [(flight: InFlight, next: Int, left: Int)] = []
        var closed = false
    }

    private static let mostInFlight = 2

    private let tree: TargetTree
    private let ledger: RestoreLedger
    private let policy: OverwritePolicy
    private let state = Monitor(State())
    private let threads = WorkerThreads()
    /// Windows that were handed in and windows of which every entry stands; both for the thread that hands them in.
    private(set) var submitted = 0
    private(set) var finished = 0

    init(
        tree: TargetTree, ledger: RestoreLedger, policy: OverwritePolicy, threads count: Int,
        chunks: @escaping @Sendable () -> ChunkReader
    ) {
        self.tree = tree
        self.ledger = ledger
        self.policy = policy
        for _ in 0..<count {
            threads.start { [tree, ledger, state] in
                let worker = RestoreWorker(tree: tree, ledger: ledger, chunks: chunks())
                while let (flight, job) = Self.take(state) {
                    worker.perform(job, of: flight.window)
                    Self.done(flight, state)
                }
            }
        }
    }

    private static func take(_ state: Monitor<State>) -> (InFlight, Int)? {
        state.wait { state -> (InFlight, Int)?? in
            for i in state.windows.indices where state.windows[i].next < state.windows[i].flight.window.jobCount {
                state.windows[i].next += 1
                return .some((state.windows[i].flight, state.windows[i].next - 1))
            }
            return state.closed ? .some(nil) : nil
        }
    }

    private static func done(_ flight: InFlight, _ state: Monitor<State>) {
        let isLast = state.withLock { state -> Bool in
            guard let i = state.windows.firstIndex(where: { $0.flight === flight }) else { return false }
            state.windows[i].left -= 1
            return state.windows[i].left == 0
        }
        if isLast { state.update { _ in } }
    }

    /// Hands a window to the threads; waits while enough is in their hands.
    func submit(_ window: RestoreWindow) throws {
        while state.withLock({ $0.windows.count }) >= Self.mostInFlight { try finishOldest() }
        let flight = InFlight(window)
        state.update { $0.windows.append((flight, 0, window.jobCount)) }
        submitted += 1
    }

    /// Finishes all windows.
    func drain() throws {
        while state.withLock({ !$0.windows.isEmpty }) { try finishOldest() }
        try ledger.checkpoint()
    }

    /// Ends the threads; what they have in hand is done before, or passed over when the run is stopping.
    func dismiss() {
        state.update { $0.closed = true }
        threads.joinAll()
    }

    private func finishOldest() throws {
        let flight = state.wait { state -> InFlight? in
            guard let oldest = state.windows.first, oldest.left == 0 else { return nil }
            state.windows.removeFirst()
            return oldest.flight
        }
        try ledger.checkpoint()
        finished += 1
        let finisher = WindowFinisher(tree: tree, ledger: ledger, policy: policy)
        do {
            try finisher.finish(flight.window)
        } catch let error as SystemError {
            throw error.failure(target: tree.path)
        }
    }
}

/// Further names of files, and the metadata of directories, deepest first.
struct WindowFinisher {
    let tree: TargetTree
    let ledger: RestoreLedger
    let policy: OverwritePolicy

    func finish(_ window: RestoreWindow) throws {
        for link in window.links {
            do {
                try make(link, window)
            } catch let error as SystemError where !error.endsTheRun {
                let gone = error.number == ENOENT ? "its first name was not restored" : error.reason
                ledger.problem(window.path(of: link), .unwritable, gone)
            }
        }
        let metadata = MetadataWriter(tree: tree, ledger: ledger)
        for directory in window.closed {
            guard let wanted = directory.metadata else { continue }
            do {
                let handle = try directory.handle ?? tree.openDirectory(directory.path)
                metadata.apply(wanted, to: handle.descriptor, madeWith: nil, in: handle) { directory.source }
                metadata.applyFlags(wanted, to: handle.descriptor) { directory.source }
            } catch let error as SystemError where !error.endsTheRun {
                ledger.problem(directory.source, .metadata, error.reason)
            }
        }
    }

    private func make(_ link: LinkTask, _ window: RestoreWindow) throws {
        let directory = window.directories[link.directory].handle
        let slash = link.first.lastIndex(of: 0x2F)
        let first = slash.map { Array(link.first[($0 + 1)...]) } ?? link.first
        let origin = try slash.map { try tree.openDirectory(Array(link.first[..<$0])) } ?? tree.root
        var (there, here) = (sh_stat(), sh_stat())
        if directory.existed, link.name.withPath({ sh_statx(directory.descriptor, $0, &here) }) == 0 {
            if first.withPath({ sh_statx(origin.descriptor, $0, &there) }) == 0, there.inode == here.inode,
                there.dev_major == here.dev_major, there.dev_minor == here.dev_minor
            {
                return ledger.count(entries: 1) { $0.unchanged += 1 }
            }
            guard policy != .never else { return ledger.count(entries: 1) { $0.skipped += 1 } }
            try place(first, origin, link, directory)
        } else {
            let made = first.withPath { from in
                link.name.withPath { sh_link(origin.descriptor, from, directory.descriptor, $0) }
            }
            guard made == 0 else { throw SystemError(made, "linking it") }
        }
        ledger.count(entries: 1) { $0.hardLinks += 1 }
    }

    private func place(_ first: [UInt8], _ origin: DirectoryHandle, _ link: LinkTask, _ directory: DirectoryHandle)
        throws
    {
        try tree.temporaryName(link.number).withPath { temporary in
            let made = first.withPath { sh_link(origin.descriptor, $0, directory.descriptor, temporary) }
            guard made == 0 else { throw SystemError(made, "linking it") }
            let renamed = link.name.withPath { sh_rename(directory.descriptor, temporary, directory.descriptor, $0) }
            guard renamed == 0 else {
                _ = sh_unlink(directory.descriptor, temporary, 0)
                throw SystemError(renamed, "naming it")
            }
        }
    }
}
