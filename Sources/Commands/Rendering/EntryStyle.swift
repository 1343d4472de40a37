import Operations
import Primitives

/// An entry as a line of 'ls'. Where the line goes to a terminal, names cannot do anything to it; elsewhere they are as they are.
struct EntryStyle {
    var long = false
    var human = false
    var onTerminal = false

    func line(_ entry: ListedEntry) -> [UInt8] {
        var line = long ? Array(facts(entry).utf8) : []
        line += name(entry.path)
        if long, entry.kind == .symbolicLink { line += Array(" -> ".utf8) + name(entry.target) }
        return line + [0x0A]
    }

    private func name(_ bytes: [UInt8]) -> [UInt8] { onTerminal ? Array(Text.printable(bytes).utf8) : bytes }

    private func facts(_ entry: ListedEntry) -> String {
        let size =
            switch entry.kind {
            case .characterDevice, .blockDevice: "\(entry.device.major), \(entry.device.minor)"
            default: human ? Text.size(entry.size) : String(entry.size)
            }
        let owner = "\(entry.user ?? String(entry.uid)) \(entry.group ?? String(entry.gid))"
        return "\(Self.mode(entry)) \(Self.padded(owner, 17)) \(Self.aligned(size, 12)) \(Text.time(entry.modified)) "
    }

    /// As ls(1) has it: drwxr-xr-x, with s and t.
    static func mode(_ entry: ListedEntry) -> String {
        let type: Character =
            switch entry.kind {
            case .directory: "d"
            case .file: "-"
            case .symbolicLink: "l"
            case .fifo: "p"
            case .characterDevice: "c"
            case .blockDevice: "b"
            case .socket: "s"
            }
        var text = String(type)
        for (shift, special, letter) in [(6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")]
            as [(UInt32, UInt32, String)]
        {
            let bits = entry.mode >> shift
            text += bits & 4 != 0 ? "r" : "-"
            text += bits & 2 != 0 ? "w" : "-"
            let executes = bits & 1 != 0
            text += entry.mode & special != 0 ? (executes ? letter : letter.uppercased()) : (executes ? "x" : "-")
        }
        return text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
    private static func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension ListedEntry {
    func fill(_ object: inout JSONObject, snapshot: SnapshotSummary) {
        object.set("snapshot", snapshot.id.hex)
        object.set("path", path: path)
        object.set("kind", kind.rawValue)
        object.set("mode", UInt64(mode))
        object.set("uid", UInt64(uid))
        object.set("gid", UInt64(gid))
        object.set("user", user)
        object.set("group", group)
        object.set("mtime", modified)
        if let changed { object.set("ctime", changed) }
        object.set("inode", inode)
        if kind != .directory { object.set("links", linkCount) }
        if !attributes.isEmpty { object.set("xattrs", attributes.map { String(decoding: $0, as: UTF8.self) }) }
        if isUnreadable || changedWhileRead { object.set("problem", isUnreadable ? "unreadable" : "changed") }
        switch kind {
        case .file:
            object.set("size", size)
            object.set("sha256", digest.hex)
            if isSparse { object.set("sparse", true) }
        case .symbolicLink: object.set("target", path: target)
        case .characterDevice, .blockDevice:
            object.set("major", UInt64(device.major))
            object.set("minor", UInt64(device.minor))
        default: break
        }
    }
}
