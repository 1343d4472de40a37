import CLinux
import Glibc
import Primitives
import RepositoryEngine

/// The directories on the way to where the listing is. They are made when the first wanted entry comes below them.
struct DirectoryStack {
    struct Level {
        /// Relative to the target, and as the listing has it.
        var path: [UInt8]
        var source: [UInt8]
        var metadata: Metadata?
        var handle: DirectoryHandle?
        var state = LevelState.pending
        /// Where the current window has it.
        var window = -1
        var ordinal = 0
    }

    enum LevelState {
        case pending, ready, failed
        /// In a rehearsal: it would be made.
        case absent
    }

    /// Handles of levels further up are closed and opened again when they are needed, so that no depth uses up all of them.
    private static let mostHandles = 64

    let tree: TargetTree
    let ledger: RestoreLedger
    let options: RestoreOptions
    private(set) var levels: [Level]

    init(tree: TargetTree, ledger: RestoreLedger, options: RestoreOptions) {
        self.tree = tree
        self.ledger = ledger
        self.options = options
        var root = Level(path: [], source: [], metadata: nil, handle: tree.root)
        root.state = options.dryRun && !tree.root.existed ? .absent : .ready
        levels = [root]
    }

    var depth: Int { levels.count }
    subscript(_ level: Int) -> Level {
        get { levels[level] }
        set { levels[level] = newValue }
    }

    mutating func push(path: [UInt8], source: [UInt8], metadata: Metadata?) {
        levels.append(Level(path: path, source: source, metadata: metadata, handle: nil))
        let far = levels.count - Self.mostHandles
        if far > 0 { levels[far].handle = nil }
    }

    mutating func pop() -> Level { levels.removeLast() }

    /// Sees that the directories down to the last level exist; false when one of them cannot be made.
    mutating func materialize() throws -> Bool {
        for level in 1..<max(1, levels.count) where levels[level].state == .pending {
            switch levels[level - 1].state {
            case .failed: levels[level].state = .failed
            case .absent: levels[level].state = .absent
            case .ready, .pending: try make(level)
            }
            if levels[level].state != .failed { ledger.count(entries: 1) { $0.directories += 1 } }
        }
        return levels.last?.state != .failed
    }

    /// The open directory of a level that is ready.
    mutating func handle(_ level: Int) throws -> DirectoryHandle {
        if let handle = levels[level].handle { return handle }
        let handle = try tree.openDirectory(levels[level].path)
        levels[level].handle = handle
        return handle
    }

    private mutating func make(_ level: Int) throws {
        let parent = try handle(level - 1)
        let name = levels[level].path.split(separator: 0x2F).last.map { Array($0) } ?? []
        do {
            if options.dryRun {
                try rehearse(level, parent, name)
            } else {
                let handle = try open(name, in: parent, levels[level].metadata)
                if options.sync, handle.existed { try tree.touched.note(handle, path: path(of: level)) }
                levels[level].handle = handle
                levels[level].state = .ready
            }
        } catch let error as SystemError {
            guard !error.endsTheRun else { throw error.failure(target: tree.path) }
            levels[level].state = .failed
            ledger.problem(levels[level].source, .unwritable, error.reason)
        }
    }

    private func path(of level: Int) -> String {
        tree.path + "/" + String(decoding: levels[level].path, as: UTF8.self)
    }

    private mutating func rehearse(_ level: Int, _ parent: DirectoryHandle, _ name: [UInt8]) throws {
        let descriptor = name.withPath { sh_open_directory(parent.descriptor, $0) }
        if descriptor >= 0 {
            levels[level].handle = DirectoryHandle(descriptor: descriptor, existed: true)
            levels[level].state = .ready
        } else if descriptor == -ENOENT
            || (options.overwrite == .always && (descriptor == -ENOTDIR || descriptor == -ELOOP))
        {
            levels[level].state = .absent
        } else {
            throw SystemError(descriptor, "making the directory")
        }
    }

    private func open(_ name: [UInt8], in parent: DirectoryHandle, _ metadata: Metadata?) throws -> DirectoryHandle {
        try name.withPath { name in
            var made = sh_mkdir(parent.descriptor, name, 0o700)
            if made == -EEXIST {
                made = try makeRoom(name, in: parent) ? sh_mkdir(parent.descriptor, name, 0o700) : -EEXIST
            }
            guard made == 0 || made == -EEXIST else { throw SystemError(made, "making the directory") }
            let descriptor = sh_open_directory(parent.descriptor, name)
            guard descriptor >= 0 else { throw SystemError(descriptor, "opening the directory") }
            try tree.requireUnguarded(descriptor)
            if made == 0, parent.hasDefaultACL {
                _ = sh_fremovexattr(descriptor, "system.posix_acl_default")
                _ = sh_fremovexattr(descriptor, "system.posix_acl_access")
            }
            let handle = DirectoryHandle(descriptor: descriptor, existed: made != 0)
            if handle.existed {
                MetadataWriter.openUp(handle, metadata)
                ledger.count { [removed = tree.removeLeftovers(in: handle)] in $0.removedLeftovers += removed }
            }
            return handle
        }
    }

    /// What stands where a directory belongs: a directory is fine (and made accessible), anything else makes room where that is
    /// allowed. True when there is room now.
    private func makeRoom(_ name: UnsafePointer<CChar>, in parent: DirectoryHandle) throws -> Bool {
        var status = sh_stat()
        let result = sh_statx(parent.descriptor, name, &status)
        guard result == 0 else { throw SystemError(result, "looking at the directory") }
        if status.mode & S_IFMT == S_IFDIR {
            if !tree.isSuperuser, status.mode & 0o700 != 0o700 {
                _ = sh_chmod(parent.descriptor, name, status.mode & 0o7777 | 0o700)
            }
            return false
        }
        guard options.overwrite == .always else {
            let what = status.mode & S_IFMT == S_IFLNK ? "a symbolic link" : "a file"
            throw SystemError(
                ENOTDIR, "\(what) stands where this directory belongs, and only --overwrite=always replaces it")
        }
        let removed = sh_unlink(parent.descriptor, name, 0)
        guard removed == 0 else { throw SystemError(removed, "replacing what stands where the directory belongs") }
        return true
    }
}
