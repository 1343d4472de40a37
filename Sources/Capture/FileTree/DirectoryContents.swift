import CLinux
import Glibc
import Primitives

/// The names of one directory, sorted as bytes, with what the file system says of each.
struct DirectoryContents {
    struct Name {
        /// The first eight bytes, big-endian: decides most comparisons.
        var key: UInt64
        var offset: Int32
        var count: UInt16
        var type: UInt8
    }

    /// NUL-terminated names, one after the other.
    private(set) var arena: [UInt8] = []
    private(set) var names: [Name] = []

    /// Reads all names of an open directory. Returns an errno, or 0.
    mutating func read(_ fd: Int32) -> Int32 {
        let capacity = 64 << 10
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let filled = sh_getdents(fd, buffer, capacity)
            if filled < 0 { return Int32(-filled) }
            if filled == 0 { break }
            var offset = 0
            while offset < filled {
                // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name…
                let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
                append(buffer + offset + 19, type: buffer.load(fromByteOffset: offset + 18, as: UInt8.self))
                offset += length
            }
        }
        sort()
        return 0
    }

    private mutating func append(_ raw: UnsafeMutableRawPointer, type: UInt8) {
        let name = raw.assumingMemoryBound(to: UInt8.self)
        let count = strlen(raw.assumingMemoryBound(to: CChar.self))
        if name[0] == 0x2E, count == 1 || (count == 2 && name[1] == 0x2E) { return }
        var key: UInt64 = 0
        for i in 0..<min(8, count) { key |= UInt64(name[i]) << (56 - 8 * UInt64(i)) }
        names.append(Name(key: key, offset: Int32(arena.count), count: UInt16(count), type: type))
        arena.append(contentsOf: UnsafeBufferPointer(start: name, count: count + 1))
    }

    private mutating func sort() {
        arena.withUnsafeBufferPointer { arena in
            guard let base = arena.baseAddress else { return }
            names.sort { x, y in
                if x.key != y.key { return x.key < y.key }
                let common = min(x.count, y.count)
                let order = memcmp(base + Int(x.offset), base + Int(y.offset), Int(common))
                return order != 0 ? order < 0 : x.count < y.count
            }
        }
    }

    mutating func retain(_ indices: [Int]) { names = indices.map { names[$0] } }

    func withName<R>(_ index: Int, _ body: (UnsafePointer<CChar>, UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let name = names[index]
        return try arena.withUnsafeBytes { raw in
            let bytes = UnsafeRawBufferPointer(rebasing: raw[Int(name.offset)..<Int(name.offset) + Int(name.count)])
            guard let base = bytes.baseAddress else { preconditionFailure("a name has at least one byte") }
            return try body(base.assumingMemoryBound(to: CChar.self), bytes)
        }
    }
}
