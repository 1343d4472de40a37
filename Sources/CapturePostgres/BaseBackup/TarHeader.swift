import Primitives

/// The header of a member of a tar archive as PostgreSQL's servers write it: ustar (POSIX.1-1988), sizes from 8 GiB on in base 256.
struct TarHeader: Equatable {
    static let blockCount = 512

    enum Kind: Equatable {
        case file, directory
        case link(target: [UInt8])
    }

    var path: [UInt8]
    var kind: Kind
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32
    var size: UInt64
    var modified: Int64

    /// Bytes behind the content up to the next header.
    var padding: Int { Int((512 - size % 512) % 512) }

    /// Nil for a block of zeros, which is an archive's end.
    init?(_ block: [UInt8]) throws(EncodingError) {
        precondition(block.count == Self.blockCount)
        if block.allSatisfy({ $0 == 0 }) { return nil }
        guard block[257..<262].elementsEqual("ustar".utf8) else { throw EncodingError("has a member without a header") }
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
        guard try Self.number(block[148..<156]) == UInt64(sum) else {
            throw EncodingError("has a header whose checksum does not fit")
        }
        let (prefix, name) = (Self.text(block[345..<500]), Self.text(block[0..<100]))
        var path = prefix.isEmpty ? name : prefix + [0x2F] + name
        while path.last == 0x2F { path.removeLast() }
        if path.starts(with: [0x2E, 0x2F]) { path.removeFirst(2) }
        guard Self.isPlain(path) else { throw EncodingError("has a member with an unusable path") }
        self.path = path
        mode = UInt32(truncatingIfNeeded: try Self.number(block[100..<108])) & 0o7777
        uid = UInt32(truncatingIfNeeded: try Self.number(block[108..<116]))
        gid = UInt32(truncatingIfNeeded: try Self.number(block[116..<124]))
        size = try Self.number(block[124..<136])
        modified = Int64(clamping: try Self.number(block[136..<148]))
        switch block[156] {
        case 0x30, 0: kind = .file
        case 0x35: kind = .directory
        case 0x32: kind = .link(target: Self.text(block[157..<257]))
        default: throw EncodingError("has a member of an unknown kind")
        }
        if kind != .file, size != 0 { throw EncodingError("has a directory with content") }
    }

    /// Below the archive's root, and nowhere else.
    private static func isPlain(_ path: [UInt8]) -> Bool {
        !path.isEmpty
            && path.split(separator: 0x2F, omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && !$0.elementsEqual([0x2E]) && !$0.elementsEqual([0x2E, 0x2E])
            }
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits, or from 0x80 on a number in base 256.
    private static func number(_ field: ArraySlice<UInt8>) throws(EncodingError) -> UInt64 {
        if field.first == 0x80 || field.first == 0xFF {
            let bytes = field.dropFirst()
            guard bytes.dropLast(8).allSatisfy({ $0 == 0 }) else {
                throw EncodingError("has a number that is too large")
            }
            return bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        var value: UInt64 = 0
        for byte in field.drop(while: { $0 == 0x20 }).prefix(while: { $0 != 0x20 && $0 != 0 }) {
            guard (0x30...0x37).contains(byte), value < 1 << 60 else {
                throw EncodingError("has a number that is none")
            }
            value = value << 3 | UInt64(byte - 0x30)
        }
        return value
    }
}
