import Primitives

/// A line of SHA256SUMS, as `sha256sum` writes and checks them.
enum SumLine {
    /// A backslash before the line says that backslashes, line feeds and a carriage return at the end, which the tool would take away,
    /// are written as `\\`, `\n` and `\r`.
    static func of(_ digest: Digest32, _ path: [UInt8]) -> [UInt8] {
        let name = escaped(path)
        return (name.count == path.count ? [] : [0x5C]) + Array(digest.hex.utf8) + [0x20, 0x20] + name + [0x0A]
    }

    static func count(of path: [UInt8]) -> Int {
        let extra = escaped(path).count - path.count
        return 64 + 2 + path.count + extra + (extra > 0 ? 1 : 0) + 1
    }

    private static func escaped(_ path: [UInt8]) -> [UInt8] {
        guard path.contains(where: { $0 == 0x5C || $0 == 0x0A }) || path.last == 0x0D else { return path }
        var name: [UInt8] = []
        for (index, byte) in path.enumerated() {
            switch byte {
            case 0x5C: name += [0x5C, 0x5C]
            case 0x0A: name += Array("\\n".utf8)
            case 0x0D where index == path.count - 1: name += Array("\\r".utf8)
            default: name.append(byte)
            }
        }
        return name
    }
}
