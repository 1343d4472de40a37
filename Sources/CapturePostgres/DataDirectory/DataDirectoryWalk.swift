import Capture
import Glibc
import Primitives
import Strategy

/// Goes through a data directory and its tablespaces, parents before children, names in order.
struct DataDirectoryWalk {
    struct Found {
        var entry: ArrivedEntry
        /// Below the data directory, as manifests have it.
        var place: [UInt8]
        var tablespace: UInt32?
        /// Below the data directory, or below the tablespace's.
        var inner: [UInt8]
        var relation: RelationFile?
        /// Of a file: open for reading, and the receiver's to close.
        var descriptor: Int32 = -1
    }

    private struct Item {
        /// Bytes: what somebody else put there may be called as it likes.
        var inner: [UInt8]
        var tablespace: UInt32?

        /// As rules have it: all of the server's own names are text.
        var text: String { String(decoding: inner, as: UTF8.self) }
        var parent: String { text.lastIndex(of: "/").map { String(text[..<$0]) } ?? "" }
    }

    /// An absolute path as system calls take it.
    private struct Place: CustomStringConvertible {
        let bytes: [CChar]

        init(_ path: [UInt8]) { bytes = path.map { CChar(bitPattern: $0) } + [0] }

        var description: String { String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }

    /// Of the tablespaces that the server has: links that are called otherwise lead to somebody else's files.
    var tablespaceNumbers: Set<UInt32> = []
    private let root: [UInt8]
    private var locations: [UInt32: [UInt8]] = [:]
    private var waiting: [Item]
    /// What is no file, no directory and no link that belongs there.
    private(set) var remarks: [String] = []
    /// Numbers of links that were taken for no tablespaces.
    private(set) var leftOut: Set<UInt32> = []

    init(_ root: String) {
        self.root = Array(root.utf8)
        waiting = [Item(inner: [])]
    }

    /// Nil behind the last one. `global/pg_control` is not among them: see `control`.
    mutating func next() throws(StreamFailure) -> Found? {
        while let item = waiting.popLast() {
            if let found = try look(at: item) { return found }
        }
        return nil
    }

    func control() throws(StreamFailure) -> Found {
        let item = Item(inner: Array(DataDirectoryRule.control.utf8))
        var status = stat()
        guard lstat(path(item).bytes, &status) == 0, let found = try open(item, status) else {
            throw Self.unreadable(path(item).description, ENOENT)
        }
        return found
    }

    private func path(_ item: Item) -> Place {
        let base = item.tablespace.flatMap { locations[$0] } ?? root
        return Place(item.inner.isEmpty ? base : base + [0x2F] + item.inner)
    }

    private mutating func look(at item: Item) throws(StreamFailure) -> Found? {
        let path = path(item)
        var status = stat()
        // The root may be a link, as what a tablespace's link leads to may.
        guard (item.inner.isEmpty ? stat(path.bytes, &status) : lstat(path.bytes, &status)) == 0 else {
            if errno == ENOENT, !item.inner.isEmpty { return nil }
            throw Self.unreadable(path.description, errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return try directory(item, status)
        case S_IFREG: return DataDirectoryRule.isEmptied(item.parent) ? nil : try open(item, status)
        case S_IFLNK: return try link(item, status)
        default:
            if !DataDirectoryRule.isEmptied(item.parent) { remark(path) }
            return nil
        }
    }

    private mutating func remark(_ path: Place) {
        remarks.append(
            "\(path) is left out: it is neither a file nor a directory, and a server does not send such either.")
    }

    private mutating func directory(_ item: Item, _ status: stat) throws(StreamFailure) -> Found {
        if item.tablespace == nil, DataDirectoryRule.holdsNothing(item.text) { return found(item, .directory, status) }
        let names = try Self.names(in: path(item))
        let unlogged = DataDirectoryRule.unlogged(names.map { String(decoding: $0, as: UTF8.self) })
        // Only in a tablespace's own directory are there others' than the server's.
        let mayBeForeign = item.tablespace != nil && item.inner.isEmpty
        for name in names where !mayBeForeign || name.starts(with: Array("PG_".utf8)) {
            let next = Item(
                inner: item.inner.isEmpty ? name : item.inner + [0x2F] + name, tablespace: item.tablespace)
            if DataDirectoryRule.takes(next.text, unlogged: unlogged) { waiting.append(next) }
        }
        return found(item, .directory, status)
    }

    /// The last one first.
    private static func names(in path: Place) throws(StreamFailure) -> [[UInt8]] {
        guard let stream = opendir(path.bytes) else { throw unreadable(path.description, errno) }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            // Only errno tells the end from a failure in the middle.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        guard errno == 0 else { throw unreadable(path.description, errno) }
        return names.sorted { $1.lexicographicallyPrecedes($0) }
    }

    private mutating func link(_ item: Item, _ status: stat) throws(StreamFailure) -> Found? {
        let path = path(item)
        var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path.bytes, &target, target.count - 1)
        guard count > 0 else { throw Self.unreadable(path.description, errno) }
        if item.tablespace == nil, DataDirectoryRule.mayBeMoved(item.text) {
            var moved = stat()
            guard stat(path.bytes, &moved) == 0 else { throw Self.unreadable(path.description, errno) }
            return try directory(item, moved)
        }
        guard item.tablespace == nil, item.parent == "pg_tblspc",
            let oid = UInt32(item.text.dropFirst("pg_tblspc/".count))
        else {
            remark(path)
            return nil
        }
        guard tablespaceNumbers.contains(oid) else {
            leftOut.insert(oid)
            remarks.append("\(path) is left out: the server has no tablespace of that number, or was just making it.")
            return nil
        }
        let location = target[..<count].map { UInt8(bitPattern: $0) }
        locations[oid] = location
        waiting.append(Item(inner: [], tablespace: oid))
        return found(item, .link(target: location), status)
    }

    /// Nil for one that is gone by now: the log says so.
    private func open(_ item: Item, _ status: stat) throws(StreamFailure) -> Found? {
        let path = path(item)
        let descriptor = Glibc.open(path.bytes, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.unreadable(path.description, errno)
        }
        var status = status
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw Self.unreadable(path.description, errno)
        }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        var found = found(item, .file(size: UInt64(status.st_size)), status)
        found.relation = RelationFile(item.inner, tablespace: item.tablespace)
        found.entry.isPaged = found.relation != nil
        found.descriptor = descriptor
        return found
    }

    private func found(_ item: Item, _ kind: ArrivedEntry.Kind, _ status: stat) -> Found {
        let base = item.tablespace.map { "\(BaseBackupFacts.tablespaceDirectory)/\($0)" } ?? "data"
        let place = item.tablespace.map { "pg_tblspc/\($0)/" } ?? ""
        let entry = ArrivedEntry(
            path: Array(base.utf8) + (item.inner.isEmpty ? [] : [0x2F] + item.inner), kind: kind,
            mode: status.st_mode & 0o7777, uid: status.st_uid, gid: status.st_gid,
            modified: Int64(status.st_mtim.tv_sec))
        return Found(
            entry: entry, place: Array(place.utf8) + item.inner, tablespace: item.tablespace, inner: item.inner)
    }

    /// By their numbers: where each lies.
    var tablespaces: [(oid: UInt32, location: String)] {
        locations.sorted { $0.key < $1.key }.map { ($0.key, String(decoding: $0.value, as: UTF8.self)) }
    }

    static func unreadable(_ path: String, _ number: Int32) -> StreamFailure {
        let kind: StreamFailure.Kind =
            switch number {
            case EACCES, EPERM: .denied
            case ENOENT, ENOTDIR, ELOOP: .misconfigured
            default: .failed
            }
        return StreamFailure(
            kind,
            "Cannot read \(path): \(String(cString: strerror(number))).",
            advice:
                "'data-directory' has to be the server's own, on this host, and readable for the user who backs up: run as the server's user, or let its group read (initdb --allow-group-access)."
        )
    }
}
