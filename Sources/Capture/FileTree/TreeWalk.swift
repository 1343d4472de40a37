import CLinux
import Glibc
import Primitives

/// How to walk.
package struct WalkOptions: Sendable {
    package var exclusions: ExclusionPatterns
    package var oneFileSystem: Bool
    package var excludeCaches: Bool
    /// A path that is never entered or listed: the repository itself.
    package var omitted: [UInt8]?
    /// Files and directories that are never entered or listed, by whatever path.
    package var guarded: Set<FileNumber> = []
    /// Threads that look ahead, so that a cold disk has that many requests at once.
    package var lookahead = 8

    package init(exclusions: ExclusionPatterns, oneFileSystem: Bool, excludeCaches: Bool, omitted: [UInt8]? = nil) {
        self.omitted = omitted
        self.exclusions = exclusions
        self.oneFileSystem = oneFileSystem
        self.excludeCaches = excludeCaches
    }
}

/// A path that was asked for, and the device it is on.
struct WalkRoot: Sendable {
    var path: [UInt8]
    var place: SourceRoot
    var device: (UInt32, UInt32)

    /// `path` (which is the root or inside it) relative to the root, with a trailing slash unless it is empty.
    func relativePrefix(of path: [UInt8]) -> [UInt8] {
        if path.count == self.path.count { return [] }
        let rest = self.path.isEmpty ? path[...] : path[(self.path.count + 1)...]
        return Array(rest) + [0x2F]
    }
}

/// Something that the walk could not look at.
package struct WalkProblem: Sendable {
    package var path: [UInt8]
    package var number: Int32
}

/// Walks one tree in listing order. Threads read directories ahead of the consumer; what is buffered is bounded.
package final class TreeWalk: @unchecked Sendable {
    // SAFETY: everything that threads share stands in `monitor`; `pathBuffer` belongs to the consumer.
    private struct State {
        /// Directories that wait to be read, the next one in order last.
        var waiting: [WalkedDirectory] = []
        /// Entries that were read and not yet consumed.
        var buffered = 0
        var stopped = false
        /// Threads that have nothing to do, and the directory that the consumer waits for: nobody is woken in vain.
        var idle = 0
        var wanted: ObjectIdentifier?
    }

    private static let bufferLimit = 24 << 10
    private static let childLimit = 256
    private let options: WalkOptions
    private let root: WalkRoot
    private let rootStatus: sh_stat
    private let monitor = Monitor(State())
    private var pathBuffer: [UInt8] = []

    /// `status` is what the file system says of the root itself.
    package init(root place: SourceRoot, status: sh_stat, options: WalkOptions) {
        root = WalkRoot(path: place.path, place: place, device: (status.dev_major, status.dev_minor))
        rootStatus = status
        self.options = options
    }

    /// Calls `entry` with every entry, the root first, parents before children, names in byte order; `problem` for what could not
    /// be looked at. The path is borrowed for the call.
    package func forEach(
        problem: (WalkProblem) throws -> Void, _ entry: (UnsafeRawBufferPointer, sh_stat) throws -> Void
    ) throws {
        pathBuffer = root.path
        try pathBuffer.withUnsafeBytes { try entry($0, rootStatus) }
        guard rootStatus.mode & S_IFMT == S_IFDIR else { return }
        let threads = WorkerThreads()
        let top = WalkedDirectory(path: root.path, root: root)
        monitor.update { $0.waiting.append(top) }
        for _ in 0..<options.lookahead { threads.start { self.lookAhead() } }
        defer {
            monitor.update { $0.stopped = true }
            threads.joinAll()
        }
        try consume(top, problem, entry)
    }

    private func lookAhead() {
        while true {
            let directory = monitor.wait { state -> WalkedDirectory?? in
                if state.stopped { return .some(nil) }
                guard state.buffered < Self.bufferLimit, let next = state.waiting.popLast() else {
                    state.idle += 1
                    return nil
                }
                next.phase = .loading
                return .some(next)
            }
            guard let directory else { return }
            directory.load(options)
            finish(directory)
        }
    }

    private func finish(_ directory: WalkedDirectory) {
        let children = makeChildren(of: directory)
        monitor.updateIfNeeded { state in
            directory.phase = .loaded
            state.buffered += directory.statuses.count
            state.waiting.append(contentsOf: children)
            return state.wanted == ObjectIdentifier(directory) || wakesIdle(&state, children.count)
        }
    }

    /// Whether threads that look ahead should hear of `newTasks`.
    private func wakesIdle(_ state: inout State, _ newTasks: Int) -> Bool {
        guard newTasks > 0, state.idle > 0, state.buffered < Self.bufferLimit else { return false }
        state.idle = 0
        return true
    }

    /// Tasks for the subdirectories of the entries that are loaded, in reverse order, so that the first is taken first.
    private func makeChildren(of directory: WalkedDirectory) -> [WalkedDirectory] {
        var made: [WalkedDirectory] = []
        for index in directory.loadedCountBase..<directory.loadedCount where directory.descends(index, options) {
            let child = WalkedDirectory(path: directory.childPath(index), root: root)
            directory.children[index] = child
            made.append(child)
            if made.count == Self.childLimit { break }
        }
        return made.reversed()
    }

    /// Makes sure that `directory` is loaded: by this thread, if nobody has begun.
    private func require(_ directory: WalkedDirectory) {
        let mine = monitor.wait { state -> Bool? in
            switch directory.phase {
            case .loaded: return false
            case .loading:
                state.wanted = ObjectIdentifier(directory)
                return nil
            case .waiting:
                directory.phase = .loading
                if let position = state.waiting.lastIndex(where: { $0 === directory }) {
                    state.waiting.remove(at: position)
                }
                return true
            }
        }
        guard mine else { return }
        directory.load(options)
        finish(directory)
    }

    private struct Position {
        var directory: WalkedDirectory
        var next = 0
    }

    private func consume(
        _ top: WalkedDirectory, _ problem: (WalkProblem) throws -> Void,
        _ entry: (UnsafeRawBufferPointer, sh_stat) throws -> Void
    ) throws {
        var stack = [try enter(top, problem)]
        while let position = stack.last {
            let directory = position.directory
            guard position.next < directory.contents.names.count else {
                leave(directory)
                stack.removeLast()
                continue
            }
            if position.next == directory.loadedCount { nextPiece(of: directory) }
            stack[stack.count - 1].next += 1
            setPath(directory, position.next)
            let error = directory.error(position.next)
            if error == WalkedDirectory.excluded { continue }
            if error != 0 {
                try problem(WalkProblem(path: pathBuffer, number: error))
                continue
            }
            try pathBuffer.withUnsafeBytes { try entry($0, directory.status(position.next)) }
            guard directory.descends(position.next, options) else { continue }
            let child =
                directory.children.removeValue(forKey: position.next) ?? WalkedDirectory(path: pathBuffer, root: root)
            stack.append(try enter(child, problem))
        }
    }

    private func enter(_ directory: WalkedDirectory, _ problem: (WalkProblem) throws -> Void) throws -> Position {
        require(directory)
        if directory.failure != 0 { try problem(WalkProblem(path: directory.path, number: directory.failure)) }
        return Position(directory: directory)
    }

    private func leave(_ directory: WalkedDirectory) {
        monitor.updateIfNeeded { state in
            let before = state.buffered
            state.buffered -= directory.statuses.count
            let half = Self.bufferLimit / 2
            return before >= half && state.buffered < half && wakesIdle(&state, state.waiting.count)
        }
        directory.statuses = []
    }

    private func nextPiece(of directory: WalkedDirectory) {
        let before = directory.statuses.count
        directory.loadNextPiece(options)
        let children = makeChildren(of: directory)
        monitor.update { state in
            state.buffered += directory.statuses.count - before
            state.waiting.append(contentsOf: children)
        }
    }

    private func setPath(_ directory: WalkedDirectory, _ index: Int) {
        pathBuffer.removeAll(keepingCapacity: true)
        pathBuffer.append(contentsOf: directory.path)
        if !directory.path.isEmpty { pathBuffer.append(0x2F) }
        directory.contents.withName(index) { _, bytes in pathBuffer.append(contentsOf: bytes) }
    }
}
