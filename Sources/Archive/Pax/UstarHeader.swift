/// The 512 bytes of a ustar header (POSIX.1-2017, pax, "ustar Interchange Format").
struct UstarHeader {
    /// What eleven and seven octal digits hold.
    static let longLimit: UInt64 = 0o77777777777
    static let shortLimit: UInt64 = 0o7777777

    var name: [UInt8] = []
    private var prefix: [UInt8] = []
    var link: [UInt8] = []
    var type: UInt8
    var size: UInt64 = 0
    var seconds: Int64
    private let mode: UInt32
    private let uid: UInt32
    private let gid: UInt32
    private let user: String
    private let group: String
    private var device: (major: UInt32, minor: UInt32) = (0, 0)

    init(_ entry: ArchiveEntry) {
        (mode, uid, gid) = (entry.mode & 0o7777, entry.uid, entry.gid)
        (user, group, seconds) = (entry.user, entry.group, entry.seconds)
        switch entry.kind {
        case .file: (type, size) = (UInt8(ascii: "0"), entry.size)
        case .hardLink: type = UInt8(ascii: "1")
        case .symbolicLink: type = UInt8(ascii: "2")
        case .characterDevice(let major, let minor): (type, device) = (UInt8(ascii: "3"), (major, minor))
        case .blockDevice(let major, let minor): (type, device) = (UInt8(ascii: "4"), (major, minor))
        case .directory: type = UInt8(ascii: "5")
        case .fifo: type = UInt8(ascii: "6")
        }
    }

    /// Names of owners that fit.
    static func fits(_ owner: String) -> Bool { owner.utf8.count < 32 }

    /// False where it fits neither whole nor cut at a slash.
    mutating func setPath(_ path: [UInt8]) -> Bool {
        if path.count <= 100 {
            name = path
            return true
        }
        let body = path.last == 0x2F ? path.dropLast() : path[...]
        guard
            let slash = body.indices.first(where: { path[$0] == 0x2F && path.count - $0 - 1 <= 100 }),
            slash > 0, slash <= 155
        else { return false }
        prefix = Array(path[..<slash])
        name = Array(path[(slash + 1)...])
        return true
    }

    var encoded: [UInt8] {
        var block = [UInt8](repeating: 0, count: PaxHeader.blockCount)
        func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in bytes.enumerated() { block[offset + index] = byte }
        }
        put(name, at: 0)
        put(Self.number(Int64(mode), digits: 7), at: 100)
        put(Self.number(Int64(uid), digits: 7), at: 108)
        put(Self.number(Int64(gid), digits: 7), at: 116)
        put(Self.number(Int64(clamping: size), digits: 11), at: 124)
        put(Self.number(seconds, digits: 11), at: 136)
        put([UInt8](repeating: 0x20, count: 8), at: 148)
        block[156] = type
        put(link, at: 157)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        if Self.fits(user) { put(user.utf8, at: 265) }
        if Self.fits(group) { put(group.utf8, at: 297) }
        put(Self.number(Int64(device.major), digits: 7), at: 329)
        put(Self.number(Int64(device.minor), digits: 7), at: 337)
        put(prefix, at: 345)
        let sum = block.reduce(0) { $0 + Int64($1) }
        put(Self.number(sum, digits: 6) + [0x20], at: 148)
        return block
    }

    /// Octal digits and a NUL. What they do not hold stands in an extended record as well; here it is in base 256, which GNU tar and
    /// others read that know no extended records.
    private static func number(_ value: Int64, digits: Int) -> [UInt8] {
        guard value >= 0, value < Int64(1) << (3 * digits) else {
            let fill: UInt8 = value < 0 ? 0xFF : 0
            let low = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * Int64($0))) }
            var bytes = [UInt8](repeating: fill, count: digits + 1 - min(8, digits + 1)) + low.suffix(digits + 1)
            bytes[0] = value < 0 ? 0xFF : bytes[0] | 0x80
            return bytes
        }
        let text = String(value, radix: 8)
        return Array((String(repeating: "0", count: digits - text.count) + text).utf8) + [0]
    }
}
