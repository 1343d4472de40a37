import CLinux
import Glibc

/// What tells a file from every other one, whatever paths lead to it.
package struct FileNumber: Hashable, Sendable {
    let major: UInt32
    let minor: UInt32
    let inode: UInt64

    package init(_ status: sh_stat) {
        (major, minor, inode) = (status.dev_major, status.dev_minor, status.inode)
    }

    /// Nil where there is nothing. No link is followed.
    package init?(at path: [UInt8]) {
        var status = sh_stat()
        let name = path.map { CChar(bitPattern: $0) } + [0]
        guard sh_statx(AT_FDCWD, name, &status) == 0 else { return nil }
        self.init(status)
    }
}
