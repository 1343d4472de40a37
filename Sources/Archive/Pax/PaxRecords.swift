/// Extended records of an entry: `LENGTH KEY=VALUE\n`, where LENGTH counts all of it, itself among it.
struct PaxRecords {
    private var body: [UInt8] = []
    private var isBinary = false

    var isEmpty: Bool { body.isEmpty }

    /// With names that are not UTF-8, POSIX asks for a word before them that says so.
    var encoded: [UInt8] { isBinary ? Self.record("hdrcharset", Array("BINARY".utf8)) + body : body }

    /// A text that POSIX takes for UTF-8: a path, the name of an owner.
    mutating func addText(_ key: String, _ value: [UInt8]) {
        if String(validating: value, as: UTF8.self) == nil { isBinary = true }
        body += Self.record(key, value)
    }

    mutating func addSparse(name: [UInt8], size: UInt64) {
        body += Self.record("GNU.sparse.major", [UInt8(ascii: "1")])
        body += Self.record("GNU.sparse.minor", [UInt8(ascii: "0")])
        addText("GNU.sparse.name", name)
        body += Self.record("GNU.sparse.realsize", Array(String(size).utf8))
    }

    /// What a plain header has no room for. `size` is what the archive holds of the entry.
    mutating func addNumbers(_ entry: ArchiveEntry, size: UInt64) {
        if entry.nanoseconds > 0 || entry.seconds < 0 || entry.seconds > Int64(UstarHeader.longLimit) {
            body += Self.record("mtime", Array(Self.time(entry.seconds, entry.nanoseconds).utf8))
        }
        if size > UstarHeader.longLimit { body += Self.record("size", Array(String(size).utf8)) }
        if UInt64(entry.uid) > UstarHeader.shortLimit { body += Self.record("uid", Array(String(entry.uid).utf8)) }
        if UInt64(entry.gid) > UstarHeader.shortLimit { body += Self.record("gid", Array(String(entry.gid).utf8)) }
    }

    mutating func addOwners(_ entry: ArchiveEntry) {
        if !UstarHeader.fits(entry.user) { addText("uname", Array(entry.user.utf8)) }
        if !UstarHeader.fits(entry.group) { addText("gname", Array(entry.group.utf8)) }
    }

    /// ACLs as star and GNU tar write them (`tar --acls`), everything else by its name (`tar --xattrs`).
    mutating func add(_ attribute: ArchiveEntry.Attribute) {
        let name = String(decoding: attribute.name, as: UTF8.self)
        if let kind = AccessListText.kinds[name], let text = AccessListText.of(attribute.value) {
            body += Self.record("SCHILY.acl." + kind, Array(text.utf8))
        } else {
            body += Self.record(Array("SCHILY.xattr.".utf8) + Self.escaped(attribute.name), attribute.value)
        }
    }

    /// An '=' would end the key: GNU tar writes it, and what it escapes with, as URLs do.
    private static func escaped(_ name: [UInt8]) -> [UInt8] {
        name.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "="): Array("%3D".utf8)
            case UInt8(ascii: "%"): Array("%25".utf8)
            default: [byte]
            }
        }
    }

    /// Decimal seconds, as short as they are exact. Times before 1970 count towards zero.
    static func time(_ seconds: Int64, _ nanoseconds: UInt32) -> String {
        let isNegative = seconds < 0 && nanoseconds > 0
        let whole = isNegative ? seconds + 1 : seconds
        let sign = isNegative && whole == 0 ? "-" : ""
        var digits = String((isNegative ? 1_000_000_000 - nanoseconds : nanoseconds) + 1_000_000_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "\(whole)" : "\(sign)\(whole).\(digits)"
    }

    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] { record(Array(key.utf8), value) }

    private static func record(_ key: [UInt8], _ value: [UInt8]) -> [UInt8] {
        let rest = 1 + key.count + 1 + value.count + 1
        var count = rest + 1
        while rest + String(count).utf8.count != count { count = rest + String(count).utf8.count }
        return Array(String(count).utf8) + [0x20] + key + [0x3D] + value + [0x0A]
    }
}
