import CLinux
import Glibc

/// A root whose directories are watched.
struct WatchedRootTree {
    var root: WatchedRoot
    var standing: RootStanding
    /// Nil once it is no longer there.
    var top: WatchTable.Node?
    /// Relative paths of directories that must not be read, so that nothing in them is known.
    var unreadable: Set<[UInt8]> = []
}

extension InotifyWatch {
    /// Watches a directory and everything below it that belongs to its root, and takes out what is not there any more. A directory is
    /// watched before it is read: what is made in between is seen in one way or the other, or in both. Returns ENOSPC when
    /// there are no more watches; what cannot be opened is noted and left.
    func scan(_ top: WatchTable.Node) -> Int32 {
        guard let tree = roots[table.root(top)] else { return 0 }
        let base = PathBytes.withPointer(tree.root.path) { sh_open_place($0) }
        guard base >= 0 else { return 0 }
        defer { close(base) }
        var stack = [top]
        while let node = stack.popLast() {
            let errno = look(at: node, from: base, tree, &stack)
            if errno != 0 { return errno }
        }
        return 0
    }

    private func look(
        at node: WatchTable.Node, from base: Int32, _ tree: WatchedRootTree, _ stack: inout [WatchTable.Node]
    ) -> Int32 {
        let (number, path) = (table.root(node), table.path(node))
        let directory = (path.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { sh_open_source(base, $0, 1) } ?? -EINVAL
        }
        guard directory >= 0 else {
            if directory == -EACCES { roots[number]?.unreadable.insert(path) }
            if node == tree.top { return -directory == ENOENT ? 0 : -directory }
            release(table.remove(node))
            return 0
        }
        defer { close(directory) }
        if !tree.unreadable.isEmpty { roots[number]?.unreadable.remove(path) }
        let errno = add(node, directory)
        if errno != 0 { return errno }
        confirm(node)
        readChildren(of: node, path, directory, tree, &stack)
        return 0
    }

    private func add(_ node: WatchTable.Node, _ directory: Int32) -> Int32 {
        if table.watch(node) < 0, table.watchCount >= limit { return ENOSPC }
        let watch = sh_inotify_add_open(descriptor, directory, InotifyEvent.changes)
        guard watch >= 0 else { return -watch }
        if let unused = table.setWatch(node, watch) { release([unused]) }
        return 0
    }

    private func readChildren(
        of node: WatchTable.Node, _ path: [UInt8], _ directory: Int32, _ tree: WatchedRootTree,
        _ stack: inout [WatchTable.Node]
    ) {
        let number = table.root(node)
        var gone: [ArraySlice<UInt8>: WatchTable.Node] = [:]
        for child in table.children(node) {
            // While moves are followed two may have one name for a moment; the look decides what it is.
            if let other = gone.updateValue(child, forKey: Array(table.name(child))[...]) {
                release(table.remove(other))
            }
        }
        var contents = DirectoryContents()
        _ = contents.read(directory)
        for index in contents.names.indices where isDirectory(contents, index, directory) {
            let name = contents.withName(index) { _, bytes in Array(bytes)[...] }
            let childPath = PathBytes.join(path, name)
            guard belongs(childPath, tree, directory, contents, index) else { continue }
            if let known = gone.removeValue(forKey: name) {
                stack.append(known)
            } else if let child = table.add(name, below: node, root: number) {
                stack.append(child)
            }
        }
        for child in gone.values { release(table.remove(child)) }
    }

    private func isDirectory(_ contents: DirectoryContents, _ index: Int, _ directory: Int32) -> Bool {
        let type = contents.names[index].type
        // Some file systems do not say.
        return type == UInt8(DT_DIR)
            || type == UInt8(DT_UNKNOWN) && status(contents, index, directory).mode & S_IFMT == S_IFDIR
    }

    private func belongs(
        _ path: [UInt8], _ tree: WatchedRootTree, _ directory: Int32, _ contents: DirectoryContents, _ index: Int
    ) -> Bool {
        if tree.root.leavesOut(path, isDirectory: true) { return false }
        if !tree.standing.below.isEmpty, tree.standing.isSkipped(PathBytes.join(tree.standing.realPath, path)) {
            return false
        }
        guard tree.root.staysOnFileSystem else { return true }
        let status = status(contents, index, directory)
        return UInt64(status.dev_major) << 32 | UInt64(status.dev_minor) == tree.standing.device
    }

    private func status(_ contents: DirectoryContents, _ index: Int, _ directory: Int32) -> sh_stat {
        var status = sh_stat()
        _ = contents.withName(index) { name, _ in sh_statx(directory, name, &status) }
        return status
    }
}
