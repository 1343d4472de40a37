import CLinux
import Glibc

/// Notification by inotify(7): one instance for all roots, one watch for each of their directories.
final class InotifyWatch: KernelWatch {
    /// A directory that was moved away, until it is seen where it came to.
    private struct Moving {
        var cookie: UInt32
        var node: WatchTable.Node
        var root: RootNumber
        /// The node's when it was seen to leave: its place may have been given to another since.
        var serial: UInt32
    }

    let descriptor: Int32
    /// How many watches are used at most, beside the kernel's own limit.
    let limit: Int
    var table = WatchTable()
    var roots: [RootNumber: WatchedRootTree] = [:]
    private var guards = AncestorGuards()
    private var moving: [Moving] = []
    /// Directories in which others came or went, in what is being read; how many of those moved, and were followed.
    private var disturbed: [WatchTable.Node: UInt32] = [:]
    private var disturbances = (count: 0, moves: 0, followed: 0)

    struct Refused: Error { var errno: Int32 }

    init(limit: Int = .max) throws(Refused) {
        descriptor = sh_inotify_open()
        self.limit = limit
        if descriptor < 0 { throw Refused(errno: -descriptor) }
    }

    deinit { close(descriptor) }

    func watch(_ root: WatchedRoot, _ number: RootNumber, _ standing: RootStanding) -> WatchOutcome {
        var errno = guards.add(root, number, isDirectory: standing.kind == .directory, descriptor)
        if errno == 0, standing.kind == .directory, let top = table.add([], below: WatchTable.none, root: number) {
            roots[number] = WatchedRootTree(root: root, standing: standing, top: top)
            errno = scan(top)
        }
        if errno == 0 { return .watching }
        unwatch(number)
        return errno == ENOSPC ? .exhausted : .refused(errno: errno)
    }

    func unwatch(_ number: RootNumber) {
        var unused = guards.remove(number)
        if let tree = roots.removeValue(forKey: number), let top = tree.top { unused += table.remove(top) }
        release(unused)
    }

    /// How many directories of a root are watched.
    func directoryCount(_ number: RootNumber) -> Int { table.count(ofRoot: number) }
    func unreadableCount(_ number: RootNumber) -> Int { roots[number]?.unreadable.count ?? 0 }

    func release(_ watches: [Int32]) {
        for watch in watches where !table.isWatched(watch) && !guards.isWatched(watch) {
            _ = sh_inotify_remove(descriptor, watch)
        }
    }

    func read(into findings: inout WatchFindings) {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while InotifyEvent.read(descriptor, into: buffer, { handle($0, &findings) }) {}
        }
        // What was not seen again was moved out; should its other half still come, it is looked through as something new.
        for one in moving where isStill(one) { forget(one.node) }
        moving = []
        settleDisturbed(&findings)
    }

    /// One move is followed exactly. Of several read at once each was followed in a tree that the later ones had changed already, so
    /// what they touched is compared with what is there.
    private func settleDisturbed(_ findings: inout WatchFindings) {
        let isExact = disturbances.count <= 1 || disturbances.count == 2 && disturbances.followed == 1
        if disturbances.moves > 0, !isExact {
            for (node, serial) in disturbed where table.serial(node) == serial {
                note(scan(node), table.root(node), &findings)
            }
        }
        (disturbed, disturbances) = ([:], (0, 0, 0))
    }

    private func disturb(_ node: WatchTable.Node, _ event: InotifyEvent) {
        let isMove = event.has(Int32(IN_MOVED_FROM), Int32(IN_MOVED_TO))
        guard isMove || event.has(Int32(IN_CREATE), Int32(IN_DELETE)) else { return }
        disturbances.count += 1
        if isMove { disturbances.moves += 1 }
        disturbed[node] = table.serial(node)
    }

    private func handle(_ event: InotifyEvent, _ findings: inout WatchFindings) {
        if event.has(Int32(IN_Q_OVERFLOW)) { return rescan(&findings) }
        guards.judge(event, &findings)
        for node in table.nodes(of: event.watch) where roots[table.root(node)] != nil {
            if event.name.isEmpty {
                handleSelf(event, node, &findings)
            } else {
                handleEntry(event, node, &findings)
            }
        }
    }

    private func handleSelf(_ event: InotifyEvent, _ node: WatchTable.Node, _ findings: inout WatchFindings) {
        let number = table.root(node)
        let isTop = roots[number]?.top == node
        if event.has(Int32(IN_IGNORED), Int32(IN_UNMOUNT)) {
            if isTop { findings.lost.insert(number) }
            forget(node)
        } else if event.has(Int32(IN_DELETE_SELF), Int32(IN_MOVE_SELF)) {
            if isTop { findings.unsettled.insert(number) }
        } else if isTop {
            // Of the others their parent tells.
            findings.changed.insert(number)
        }
    }

    private func handleEntry(_ event: InotifyEvent, _ node: WatchTable.Node, _ findings: inout WatchFindings) {
        let number = table.root(node)
        guard let tree = roots[number] else { return }
        let path = PathBytes.join(table.path(node), event.name)
        let isLeftOut = tree.root.leavesOut(path, isDirectory: event.isDirectory)
        if !isLeftOut { findings.changed.insert(number) }
        guard event.isDirectory else { return }
        disturb(node, event)
        let wasUnreadable = !tree.unreadable.isEmpty && roots[number]?.unreadable.remove(path) != nil
        if event.has(Int32(IN_MOVED_FROM)), let child = table.child(node, event.name) {
            moving.append(Moving(cookie: event.cookie, node: child, root: number, serial: table.serial(child)))
        } else if !isLeftOut, event.has(Int32(IN_MOVED_TO)), let child = arrival(event.cookie, number) {
            table.move(child, below: node, name: event.name)
            disturbances.followed += 1
            note(scan(child), number, &findings)
        } else if !isLeftOut,
            event.has(Int32(IN_CREATE), Int32(IN_MOVED_TO)) || wasUnreadable && !event.has(Int32(IN_DELETE))
        {
            scanNew(event.name, below: node, number, &findings)
        }
    }

    private func scanNew(
        _ name: ArraySlice<UInt8>, below node: WatchTable.Node, _ number: RootNumber, _ findings: inout WatchFindings
    ) {
        // A look at the parent may have been quicker.
        guard let child = table.child(node, name) ?? table.add(name, below: node, root: number) else { return }
        note(scan(child), number, &findings)
    }

    private func note(_ errno: Int32, _ number: RootNumber, _ findings: inout WatchFindings) {
        if errno != 0 { findings.exhausted.insert(number) }
    }

    private func arrival(_ cookie: UInt32, _ number: RootNumber) -> WatchTable.Node? {
        guard let index = moving.firstIndex(where: { $0.cookie == cookie && $0.root == number }) else { return nil }
        let one = moving.remove(at: index)
        return isStill(one) ? one.node : nil
    }

    private func isStill(_ one: Moving) -> Bool { table.serial(one.node) == one.serial }

    /// A directory was found where the table has it, whatever was moved away from there before.
    func confirm(_ node: WatchTable.Node) {
        if !moving.isEmpty { moving.removeAll { $0.node == node } }
    }

    private func forget(_ node: WatchTable.Node) {
        let number = table.root(node)
        release(table.remove(node))
        if roots[number]?.top == node { roots[number]?.top = nil }
    }

    /// The kernel lost notifications: what was made meanwhile is not watched yet.
    private func rescan(_ findings: inout WatchFindings) {
        moving = []
        for (number, tree) in roots {
            findings.overflowed.insert(number)
            if let top = tree.top { note(scan(top), number, &findings) }
        }
        for number in guards.roots {
            findings.overflowed.insert(number)
            findings.unsettled.insert(number)
        }
    }
}
