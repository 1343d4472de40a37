import CLinux
import Glibc
import Primitives

/// One directory on the way through a tree. It is loaded once, by a thread that looks ahead or by the one that needs it.
final class WalkedDirectory: @unchecked Sendable {
    // SAFETY: `phase` decides who may touch the rest: the thread that moved it from waiting to loading until it is loaded, the
    // consumer afterwards. Both changes happen under the walk's monitor.
    enum Phase { case waiting, loading, loaded }

    /// Absolute, without the leading slash.
    let path: [UInt8]
    let root: WalkRoot
    var phase = Phase.waiting
    var contents = DirectoryContents()
    var statuses: [sh_stat] = []
    /// Per entry: 0, or the errno of its status; `excluded` when it is left out.
    var errors: [Int32] = []
    /// The errno of opening or reading the directory itself.
    var failure: Int32 = 0
    /// Tasks for the subdirectories, by entry, as far as they were made.
    var children: [Int: WalkedDirectory] = [:]
    /// Entries whose status was read so far; a very large directory is taken in pieces.
    var loadedCount = 0

    static let excluded: Int32 = -1
    static let pieceCount = 4096

    init(path: [UInt8], root: WalkRoot) {
        self.path = path
        self.root = root
    }

    /// Reads names and the first piece of statuses.
    func load(_ options: WalkOptions) {
        let fd = root.place.openDirectory(path)
        guard fd >= 0 else {
            failure = -fd
            return
        }
        defer { close(fd) }
        failure = contents.read(fd)
        if options.excludeCaches, isTaggedCache(fd) { keepOnlyTag() }
        loadPiece(fd, options)
    }

    /// Reads the statuses of the next entries.
    func loadNextPiece(_ options: WalkOptions) {
        let fd = root.place.openDirectory(path)
        guard fd >= 0 else {
            let count = min(contents.names.count - loadedCount, Self.pieceCount)
            statuses = [sh_stat](repeating: sh_stat(), count: count)
            errors = [Int32](repeating: -fd, count: count)
            loadedCountBase = loadedCount
            loadedCount += count
            return
        }
        defer { close(fd) }
        loadPiece(fd, options)
    }

    /// Index of the first entry that `statuses` holds.
    private(set) var loadedCountBase = 0

    private func loadPiece(_ fd: Int32, _ options: WalkOptions) {
        let end = min(contents.names.count, loadedCount + Self.pieceCount)
        loadedCountBase = loadedCount
        let count = end - loadedCount
        statuses = [sh_stat](repeating: sh_stat(), count: count)
        errors = [Int32](repeating: 0, count: count)
        var relative = root.relativePrefix(of: path)
        let prefixCount = relative.count
        for index in loadedCount..<end {
            contents.withName(index) { name, bytes in
                let slot = index - loadedCountBase
                errors[slot] = -sh_statx(fd, name, &statuses[slot])
                guard !options.exclusions.isEmpty, errors[slot] == 0 else { return }
                relative.removeLast(relative.count - prefixCount)
                relative.append(contentsOf: bytes)
                let isDirectory = statuses[slot].mode & S_IFMT == S_IFDIR
                if relative.withUnsafeBytes({ options.exclusions.excludes(path: $0, isDirectory: isDirectory) }) {
                    errors[slot] = Self.excluded
                }
            }
        }
        loadedCount = end
        omit(options.omitted)
        omit(options.guarded)
    }

    private func omit(_ omitted: [UInt8]?) {
        guard let omitted, omitted.count > path.count, omitted.starts(with: path) else { return }
        for index in loadedCountBase..<loadedCount where childPath(index) == omitted {
            errors[index - loadedCountBase] = Self.excluded
        }
    }

    private func omit(_ guarded: Set<FileNumber>) {
        guard !guarded.isEmpty else { return }
        for slot in errors.indices where errors[slot] == 0 && guarded.contains(FileNumber(statuses[slot])) {
            errors[slot] = Self.excluded
        }
    }

    /// The Cache Directory Tagging Specification: a regular file CACHEDIR.TAG that begins with this signature.
    private func isTaggedCache(_ fd: Int32) -> Bool {
        let tag = sh_open_read(fd, "CACHEDIR.TAG")
        guard tag >= 0 else { return false }
        defer { close(tag) }
        let signature = Array("Signature: 8a477f597d28d172789f06886806bc55".utf8)
        var head = [UInt8](repeating: 0, count: signature.count)
        return read(tag, &head, head.count) == head.count && head == signature
    }

    private func keepOnlyTag() { contents.keepOnly(Array("CACHEDIR.TAG".utf8)) }

    func status(_ index: Int) -> sh_stat { statuses[index - loadedCountBase] }
    func error(_ index: Int) -> Int32 { errors[index - loadedCountBase] }

    /// Whether the walk goes into entry `index`.
    func descends(_ index: Int, _ options: WalkOptions) -> Bool {
        guard error(index) == 0 else { return false }
        let status = status(index)
        guard status.mode & S_IFMT == S_IFDIR else { return false }
        return !options.oneFileSystem || (status.dev_major, status.dev_minor) == root.device
    }

    func childPath(_ index: Int) -> [UInt8] {
        contents.withName(index) { _, bytes in path.isEmpty ? Array(bytes) : path + [0x2F] + bytes }
    }
}

extension DirectoryContents {
    mutating func keepOnly(_ wanted: [UInt8]) {
        let kept = names.indices.filter { index in withName(index) { _, bytes in bytes.elementsEqual(wanted) } }
        retain(kept)
    }
}
