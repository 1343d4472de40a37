import CLinux
import Glibc
import Primitives

/// A path that is backed up, held open: everything below it is opened from here and through no symbolic link, so that nobody who may
/// write in the tree can lead a backup out of it.
package final class SourceRoot: Sendable {
    /// Absolute, without the leading slash.
    package let path: [UInt8]
    /// The directory, or -1 when the path is something else.
    private let descriptor: Int32

    package init(path: [UInt8], isDirectory: Bool) {
        self.path = path
        descriptor = isDirectory ? max(-1, SystemPath(path).withPointer { PathOpening.directory($0, count: $1) }) : -1
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package func openFile(_ path: [UInt8]) -> Int32 { open(path, directory: false) }
    package func openDirectory(_ path: [UInt8]) -> Int32 { open(path, directory: true) }

    /// A descriptor or -errno.
    private func open(_ path: [UInt8], directory: Bool) -> Int32 {
        let start = path.count == self.path.count ? path.count : (self.path.isEmpty ? 0 : self.path.count + 1)
        guard descriptor >= 0, path.count - start < PathOpening.longest else {
            return SystemPath(path).withPointer {
                directory ? PathOpening.directory($0, count: $1) : PathOpening.read($0, count: $1)
            }
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count - start + 1) { name in
            for i in start..<path.count { name[i - start] = CChar(bitPattern: path[i]) }
            name[path.count - start] = 0
            guard let base = name.baseAddress else { return -EINVAL }
            return sh_open_source(descriptor, base, directory ? 1 : 0)
        }
    }
}
