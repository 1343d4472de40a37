import CLinux
import Glibc
import Primitives

/// A path that is backed up, held open: everything below it is opened from here and through no symbolic link, so that nobody who may
/// write in the tree can lead a backup out of it.
package final class SourceRoot: Sendable {
    /// Absolute, without the leading slash.
    package let path: [UInt8]
    /// The directory, or the one that holds what is no directory; -errno when it could not be opened.
    private let descriptor: Int32
    /// How much of a path stands before what is relative to the descriptor.
    private let skipped: Int

    package init(path: [UInt8], isDirectory: Bool) {
        self.path = path
        if isDirectory {
            descriptor = SystemPath(path).withPointer { PathOpening.anchor($0, count: $1) }
            skipped = path.isEmpty ? 0 : path.count + 1
        } else {
            let slash = path.lastIndex(of: 0x2F)
            // Links above a source are followed: whoever names it means what is there.
            descriptor = SystemPath(slash.map { Array(path[..<$0]) } ?? []).withPointer {
                $1 < PathOpening.longest ? sh_open_place($0) : PathOpening.anchor($0, count: $1)
            }
            skipped = slash.map { $0 + 1 } ?? 0
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func openFile(_ path: [UInt8]) -> Int32 { below(path) { sh_open_source($0, $1, 0) } }
    package func openDirectory(_ path: [UInt8]) -> Int32 { below(path) { sh_open_source($0, $1, 1) } }

    /// Something that is only looked at, whatever it is.
    package func entry(at path: [UInt8]) throws(AttributeReading.Errno) -> SourceEntry {
        let opened = below(path) { sh_look_at_source($0, $1) }
        guard opened >= 0 else { throw AttributeReading.Errno(number: -opened) }
        return SourceEntry(descriptor: opened)
    }

    /// A descriptor or -errno. `path` is the root's or begins with it.
    private func below(_ path: [UInt8], _ open: (Int32, UnsafePointer<CChar>) -> Int32) -> Int32 {
        guard descriptor >= 0 else { return descriptor }
        let start = min(skipped, path.count)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count - start + 1) { name in
            for i in start..<path.count { name[i - start] = CChar(bitPattern: path[i]) }
            name[path.count - start] = 0
            guard let base = name.baseAddress else { return -EINVAL }
            return open(descriptor, base)
        }
    }
}

/// An entry of a tree, held without being opened for reading: a device is not started and nothing waits at a FIFO.
package struct SourceEntry: ~Copyable {
    private let descriptor: Int32

    fileprivate init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// What a symbolic link says; ENOENT when it is none.
    package func target() throws(AttributeReading.Errno) -> [UInt8] {
        var target = [CChar](repeating: 0, count: 4097)
        let count = sh_readlink(descriptor, "", &target, 4096)
        guard count >= 0 else { throw AttributeReading.Errno(number: Int32(-count)) }
        return target[..<count].map { UInt8(bitPattern: $0) }
    }

    /// Its extended attributes, sorted by name; ENOSYS where /proc is not mounted, by which alone they are reached.
    package func attributes() -> Result<[AttributeReading.Attribute], AttributeReading.Errno> {
        AttributeReading.attributes(lookingAt: descriptor)
    }
}
