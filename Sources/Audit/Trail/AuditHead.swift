import Glibc
import CLinux
import Primitives
import TransparencyLog

/// What a host remembers of its log outside of the log's folder: so that one that was put back, cut off or replaced is noticed.
package struct AuditHead: Sendable, Equatable {
    package struct Open: Sendable, Equatable {
        package var number: UInt64
        package var act: String
    }

    /// Of the log's two keys with its name.
    package var keys: Digest32
    package var tree: TreeHead
    /// Intents without an outcome, in their order.
    package var open: [Open] = []

    /// How many entries there are.
    package var count: UInt64 { tree.size }

    package init(keys: Digest32, tree: TreeHead) { (self.keys, self.tree) = (keys, tree) }

    /// Nil where nothing is remembered.
    package static func read(_ place: AuditPlace) throws -> AuditHead? {
        guard let bytes = try LocalFile.read(place.head, limit: 64 << 20, followingLinks: false) else { return nil }
        guard let json = try? JSON(parsing: bytes), let head = AuditHead(json) else {
            throw AuditFailure.altered("\(place.head) is not what was written there", place)
        }
        return head
    }

    private init?(_ json: JSON) {
        guard json["v"]?.count == 1, let keys = json["keys"]?.text.flatMap(Digest32.init(hex:)),
            let size = json["size"]?.count, let root = json["root"]?.text.flatMap(Digest32.init(hex:)),
            let list = json["open"]?.list
        else { return nil }
        self.init(keys: keys, tree: TreeHead(size: size, root: root))
        for item in list {
            guard let number = item["number"]?.count, let act = item["act"]?.text else { return nil }
            open.append(Open(number: number, act: act))
        }
    }

    /// The file is whole after a crash; which of the last two it is does not matter, for the log itself tells what came after.
    func write(_ place: AuditPlace) throws {
        var object = JSONObject()
        object.set("v", UInt64(1))
        object.set("keys", keys.hex)
        object.set("size", tree.size)
        object.set("root", tree.root.hex)
        object.set(
            "open",
            .list(
                open.map { item in
                    var object = JSONObject()
                    object.set("number", item.number)
                    object.set("act", item.act)
                    return object.value
                }))
        let bytes = CanonicalJSON.bytes(object.value) + [0x0A]
        let temporary = place.head + ".next"
        _ = sh_unlink(AT_FDCWD, temporary, 0)
        let descriptor = sh_create_exclusive(AT_FDCWD, temporary, 0o600)
        guard descriptor >= 0 else { throw LocalFile.unusable(-descriptor, "create", temporary) }
        defer { close(descriptor) }
        let written = bytes.withUnsafeBytes { sh_write_all(descriptor, $0.baseAddress, $0.count) }
        guard written == 0 else { throw LocalFile.unusable(-written, "write", temporary) }
        let synced = sh_fsync(descriptor)
        guard synced == 0 else { throw LocalFile.unusable(-synced, "sync", temporary) }
        try LocalFile.replace(place.head, with: temporary, durably: false)
    }

    /// Takes over what an entry says.
    mutating func take(_ entry: AuditEntry, number: UInt64) {
        switch entry.content {
        case .intent(let intent): open.append(Open(number: number, act: intent.act))
        case .outcome(let outcome): open.removeAll { $0.number == outcome.intent }
        }
    }
}
