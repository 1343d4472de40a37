import Capture
import Glibc
import Primitives
import Strategy

/// Goes through a data directory and its tablespaces, parents before children, names in order.
struct DataDirectoryWalk {
    struct Found {
        var entry: ArrivedEntry
        /// Below the data directory, as manifests have it.
        var place: String
        var tablespace: UInt32?
        /// Below the data directory, or below the tablespace's.
        var inner: String
        var relation: RelationFile?
        /// Of a file: open for reading, and the receiver's to close.
        var descriptor: Int32 = -1
    }

    private struct Item {
        var inner: String
        var tablespace: UInt32?
        var unlogged: Set<Substring> = []
    }

    /// Of the tablespaces that the server has: links that are called otherwise lead to somebody else's files.
    var tablespaceNumbers: Set<UInt32> = []
    private let root: String
    private var locations: [UInt32: String] = [:]
    private var waiting: [Item]
    /// What is no file, no directory and no link that belongs there.
    private(set) var remarks: [String] = []
    /// Numbers of links that were taken for no tablespaces.
    private(set) var leftOut: Set<UInt32> = []

    init(_ root: String) {
        self.root = root
        waiting = [Item(inner: "")]
    }

    /// Nil behind the last one. `global/pg_control` is not among them: see `control`.
    mutating func next() throws(StreamFailure) -> Found? {
        while let item = waiting.popLast() {
            if let found = try look(at: item) { return found }
        }
        return nil
    }

    func control() throws(StreamFailure) -> Found {
        let item = Item(inner: DataDirectoryRule.control)
        var status = stat()
        guard lstat(path(item), &status) == 0, let found = try open(item, status) else {
            throw Self.unreadable(path(item), ENOENT)
        }
        return found
    }

    private func path(_ item: Item) -> String {
        let base = item.tablespace.flatMap { locations[$0] } ?? root
        return item.inner.isEmpty ? base : base + "/" + item.inner
    }

    private mutating func look(at item: Item) throws(StreamFailure) -> Found? {
        let path = path(item)
        var status = stat()
        // The root may be a link, as what a tablespace's link leads to may.
        guard (item.inner.isEmpty ? stat(path, &status) : lstat(path, &status)) == 0 else {
            if errno == ENOENT, !item.inner.isEmpty { return nil }
            throw Self.unreadable(path, errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return try directory(item, status)
        case S_IFREG: return DataDirectoryRule.isEmptied(Self.parent(item.inner)) ? nil : try open(item, status)
        case S_IFLNK: return try link(item, status)
        default:
            if !DataDirectoryRule.isEmptied(Self.parent(item.inner)) { remark(path) }
            return nil
        }
    }

    private static func parent(_ inner: String) -> String {
        inner.lastIndex(of: "/").map { String(inner[..<$0]) } ?? ""
    }

    private mutating func remark(_ path: String) {
        remarks.append(
            "\(path) is left out: it is neither a file nor a directory, and a server does not send such either.")
    }

    private mutating func directory(_ item: Item, _ status: stat) throws(StreamFailure) -> Found {
        if item.tablespace == nil, DataDirectoryRule.holdsNothing(item.inner) { return found(item, .directory, status) }
        let path = path(item)
        let names: [String]
        do { names = try LocalFile.names(in: path).sorted(by: >) } catch { throw Self.unreadable(path, errno) }
        guard !names.contains(where: { $0.contains("\u{FFFD}") }) else {
            throw StreamFailure(
                .failed, "There is a file in \(path) whose name is no UTF-8.",
                advice: "A server has none such: find out whose it is, and move it out of the data directory.")
        }
        let unlogged = DataDirectoryRule.unlogged(names)
        // Only in a tablespace's own directory are there others' than the server's.
        let isForeign = { (name: String) in item.tablespace != nil && item.inner.isEmpty && !name.hasPrefix("PG_") }
        for name in names where !isForeign(name) {
            let inner = item.inner.isEmpty ? name : item.inner + "/" + name
            guard DataDirectoryRule.takes(inner, unlogged: unlogged) else { continue }
            waiting.append(Item(inner: inner, tablespace: item.tablespace, unlogged: unlogged))
        }
        return found(item, .directory, status)
    }

    private mutating func link(_ item: Item, _ status: stat) throws(StreamFailure) -> Found? {
        let path = path(item)
        var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &target, target.count - 1)
        guard count > 0 else { throw Self.unreadable(path, errno) }
        if item.tablespace == nil, DataDirectoryRule.mayBeMoved(item.inner) {
            var moved = stat()
            guard stat(path, &moved) == 0 else { throw Self.unreadable(path, errno) }
            return try directory(item, moved)
        }
        guard item.tablespace == nil, Self.parent(item.inner) == "pg_tblspc",
            let oid = UInt32(item.inner.dropFirst("pg_tblspc/".count))
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
        locations[oid] = String(decoding: location, as: UTF8.self)
        waiting.append(Item(inner: "", tablespace: oid))
        return found(item, .link(target: location), status)
    }

    /// Nil for one that is gone by now: the log says so.
    private func open(_ item: Item, _ status: stat) throws(StreamFailure) -> Found? {
        let path = path(item)
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.unreadable(path, errno)
        }
        var status = status
        guard fstat(descriptor, &status) == 0 else {
            defer { close(descriptor) }
            throw Self.unreadable(path, errno)
        }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        var found = found(item, .file(size: UInt64(status.st_size)), status)
        found.relation = RelationFile(item.inner.utf8, tablespace: item.tablespace)
        found.entry.isPaged = found.relation != nil
        found.descriptor = descriptor
        return found
    }

    private func found(_ item: Item, _ kind: ArrivedEntry.Kind, _ status: stat) -> Found {
        let base = item.tablespace.map { "\(BaseBackupFacts.tablespaceDirectory)/\($0)" } ?? "data"
        let place = item.tablespace.map { "pg_tblspc/\($0)/" } ?? ""
        let entry = ArrivedEntry(
            path: Array((item.inner.isEmpty ? base : base + "/" + item.inner).utf8), kind: kind,
            mode: status.st_mode & 0o7777, uid: status.st_uid, gid: status.st_gid,
            modified: Int64(status.st_mtim.tv_sec))
        return Found(entry: entry, place: place + item.inner, tablespace: item.tablespace, inner: item.inner)
    }

    /// By their numbers: where each lies.
    var tablespaces: [(oid: UInt32, location: String)] {
        locations.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
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
