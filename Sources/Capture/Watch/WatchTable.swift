/// The directories that are watched one by one, each with its parent, its name and the kernel's number: some 60 bytes a directory.
///
/// One directory may stand in it several times, once for each root that it belongs to; then its entries share the number.
struct WatchTable {
    /// A place in the table.
    typealias Node = Int32
    static let none: Node = -1

    private struct Entry {
        var parent: Node
        var firstChild: Node
        var next: Node
        var previous: Node
        /// The kernel's number; -1 until it is watched.
        var watch: Int32
        /// The next entry of the same number.
        var sameWatch: Node
        var root: Int32
        /// Never given twice, as places in the table are.
        var serial: UInt32
        var nameOffset: UInt32
        var nameCount: UInt8
    }

    private var entries: [Entry] = []
    /// Entries that are free, chained by `next`.
    private var free = WatchTable.none
    private var names: [UInt8] = []
    private var forgottenNames = 0
    private var heads: [Int32: Node] = [:]
    private var counts: [Int32: Int] = [:]
    private var lastSerial: UInt32 = 0

    var watchCount: Int { heads.count }
    func count(ofRoot root: Int32) -> Int { counts[root] ?? 0 }
    func serial(_ node: Node) -> UInt32 { entries[Int(node)].serial }
    func root(_ node: Node) -> Int32 { entries[Int(node)].root }
    func watch(_ node: Node) -> Int32 { entries[Int(node)].watch }
    func isWatched(_ watch: Int32) -> Bool { heads[watch] != nil }

    func nodes(of watch: Int32) -> [Node] {
        var (nodes, node): ([Node], Node) = ([], heads[watch] ?? Self.none)
        while node != Self.none {
            nodes.append(node)
            node = entries[Int(node)].sameWatch
        }
        return nodes
    }

    /// Relative to its root, empty for the root itself.
    func path(_ node: Node) -> [UInt8] {
        var (parts, node): ([Node], Node) = ([], node)
        while entries[Int(node)].parent != Self.none {
            parts.append(node)
            node = entries[Int(node)].parent
        }
        var path: [UInt8] = []
        for part in parts.reversed() {
            if !path.isEmpty { path.append(.slash) }
            path += name(part)
        }
        return path
    }

    func name(_ node: Node) -> ArraySlice<UInt8> {
        let entry = entries[Int(node)]
        return names[Int(entry.nameOffset)..<Int(entry.nameOffset) + Int(entry.nameCount)]
    }

    func children(_ node: Node) -> [Node] {
        var (children, child): ([Node], Node) = ([], entries[Int(node)].firstChild)
        while child != Self.none {
            children.append(child)
            child = entries[Int(child)].next
        }
        return children
    }

    /// The child of this name that has been there longest: while two directories change places both have it for a moment.
    func child(_ node: Node, _ name: ArraySlice<UInt8>) -> Node? {
        var (found, child): (Node?, Node) = (nil, entries[Int(node)].firstChild)
        while child != Self.none {
            if entries[Int(child)].nameCount == name.count, self.name(child).elementsEqual(name) { found = child }
            child = entries[Int(child)].next
        }
        return found
    }

    /// A directory that is not watched yet. Nil for a name that no file system has.
    mutating func add(_ name: ArraySlice<UInt8>, below parent: Node, root: Int32) -> Node? {
        guard name.count <= UInt8.max, names.count < Int(UInt32.max) - 256 else { return nil }
        let entry = Entry(
            parent: parent, firstChild: Self.none, next: Self.none, previous: Self.none, watch: -1,
            sameWatch: Self.none, root: root, serial: lastSerial &+ 1, nameOffset: 0, nameCount: 0)
        lastSerial &+= 1
        let node: Node
        if free != Self.none {
            node = free
            free = entries[Int(node)].next
            entries[Int(node)] = entry
        } else {
            node = Node(entries.count)
            entries.append(entry)
        }
        setName(node, name)
        link(node, below: parent)
        counts[root, default: 0] += 1
        return node
    }

    /// Gives the kernel's number to a directory. Returns the one that it had, if nothing has that any more.
    mutating func setWatch(_ node: Node, _ watch: Int32) -> Int32? {
        guard entries[Int(node)].watch != watch else { return nil }
        let unused = clearWatch(node)
        entries[Int(node)].watch = watch
        entries[Int(node)].sameWatch = heads[watch] ?? Self.none
        heads[watch] = node
        return unused
    }

    /// Takes a directory out with everything below it; returns numbers that nothing has any more.
    mutating func remove(_ top: Node) -> [Int32] {
        unlink(top)
        var (unused, stack): ([Int32], [Node]) = ([], [top])
        while let node = stack.popLast() {
            stack += children(node)
            if let watch = clearWatch(node) { unused.append(watch) }
            forgottenNames += Int(entries[Int(node)].nameCount)
            counts[entries[Int(node)].root, default: 1] -= 1
            entries[Int(node)].nameCount = 0
            entries[Int(node)].root = -1
            entries[Int(node)].serial = 0
            entries[Int(node)].next = free
            free = node
        }
        compactNames()
        return unused
    }

    /// Hangs a directory somewhere else, with everything below it.
    mutating func move(_ node: Node, below parent: Node, name: ArraySlice<UInt8>) {
        unlink(node)
        forgottenNames += Int(entries[Int(node)].nameCount)
        setName(node, name)
        link(node, below: parent)
        compactNames()
    }

    private mutating func setName(_ node: Node, _ name: ArraySlice<UInt8>) {
        entries[Int(node)].nameOffset = UInt32(names.count)
        entries[Int(node)].nameCount = UInt8(name.count)
        names += name
    }

    private mutating func link(_ node: Node, below parent: Node) {
        entries[Int(node)].parent = parent
        guard parent != Self.none else { return }
        let first = entries[Int(parent)].firstChild
        entries[Int(node)].next = first
        if first != Self.none { entries[Int(first)].previous = node }
        entries[Int(parent)].firstChild = node
    }

    private mutating func unlink(_ node: Node) {
        let entry = entries[Int(node)]
        if entry.next != Self.none { entries[Int(entry.next)].previous = entry.previous }
        if entry.previous != Self.none {
            entries[Int(entry.previous)].next = entry.next
        } else if entry.parent != Self.none {
            entries[Int(entry.parent)].firstChild = entry.next
        }
        entries[Int(node)].next = Self.none
        entries[Int(node)].previous = Self.none
        entries[Int(node)].parent = Self.none
    }

    private mutating func clearWatch(_ node: Node) -> Int32? {
        let (watch, following) = (entries[Int(node)].watch, entries[Int(node)].sameWatch)
        guard watch >= 0 else { return nil }
        entries[Int(node)].watch = -1
        entries[Int(node)].sameWatch = Self.none
        if heads[watch] == node {
            heads[watch] = following == Self.none ? nil : following
            return following == Self.none ? watch : nil
        }
        var other = heads[watch] ?? Self.none
        while other != Self.none, entries[Int(other)].sameWatch != node { other = entries[Int(other)].sameWatch }
        if other != Self.none { entries[Int(other)].sameWatch = following }
        return nil
    }

    private mutating func compactNames() {
        guard forgottenNames > 64 << 10, forgottenNames > names.count / 2 else { return }
        var kept: [UInt8] = []
        kept.reserveCapacity(names.count - forgottenNames)
        for index in entries.indices where entries[index].nameCount > 0 {
            let name = name(Node(index))
            entries[index].nameOffset = UInt32(kept.count)
            kept += name
        }
        (names, forgottenNames) = (kept, 0)
    }
}
