/// A POSIX ACL as text (acl(5), short form with commas), from the bytes of its extended attribute (linux/posix_acl_xattr.h).
enum AccessListText {
    static let kinds = ["system.posix_acl_access": "access", "system.posix_acl_default": "default"]

    /// Nil for what is not an ACL. Users and groups stand there by number: names may mean others elsewhere.
    static func of(_ value: [UInt8]) -> String? {
        guard value.count >= 4, (value.count - 4).isMultiple(of: 8), number(value[0..<4]) == 2 else { return nil }
        var entries: [String] = []
        for start in stride(from: 4, to: value.count, by: 8) {
            let (tag, bits) = (number(value[start..<start + 2]), number(value[start + 2..<start + 4]))
            guard let entry = entry(tag, bits, id: number(value[start + 4..<start + 8])) else { return nil }
            entries.append(entry)
        }
        return entries.joined(separator: ",")
    }

    private static func entry(_ tag: UInt32, _ bits: UInt32, id: UInt32) -> String? {
        let permissions = (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-") + (bits & 1 != 0 ? "x" : "-")
        return switch tag {
        case 0x01: "user::\(permissions)"
        case 0x02: "user:\(id):\(permissions)"
        case 0x04: "group::\(permissions)"
        case 0x08: "group:\(id):\(permissions)"
        case 0x10: "mask::\(permissions)"
        case 0x20: "other::\(permissions)"
        default: nil
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
