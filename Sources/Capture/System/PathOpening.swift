import CLinux
import Glibc
import Primitives

/// Reaches what has an absolute path, also beyond PATH_MAX, never following a symbolic link at the end.
package enum PathOpening {
    static let longest = 4000

    /// Holds a directory without reading it; returns a descriptor or -errno. `path` is NUL-terminated.
    static func anchor(_ path: UnsafePointer<CChar>, count: Int) -> Int32 {
        if count < longest { return sh_open_anchor(AT_FDCWD, path) }
        return stepping(path, count) { directory, name in sh_open_anchor(directory, name) }
    }

    /// Calls `body` with a descriptor of the parent directory and the last component.
    package static func stepping(
        _ path: UnsafePointer<CChar>, _ count: Int, _ body: (Int32, UnsafePointer<CChar>) -> Int32
    ) -> Int32 {
        var bytes = Array(UnsafeBufferPointer(start: path, count: count))
        bytes.append(0)
        var directory = sh_open_anchor(AT_FDCWD, "/")
        guard directory >= 0 else { return directory }
        defer { close(directory) }
        return bytes.withUnsafeMutableBufferPointer { (buffer: inout UnsafeMutableBufferPointer<CChar>) -> Int32 in
            guard let base = buffer.baseAddress else { return -EINVAL }
            var start = 1
            for i in 1..<count {
                guard base[i] == 0x2F else { continue }
                base[i] = 0
                let next = sh_open_anchor(directory, base + start)
                guard next >= 0 else { return next }
                close(directory)
                directory = next
                start = i + 1
            }
            return body(directory, base + start)
        }
    }
}

/// An absolute path in the form that system calls take: a leading slash and a trailing NUL.
package struct SystemPath: Sendable {
    private var bytes: [CChar]

    /// From a path without its leading slash.
    package init(_ path: [UInt8]) {
        bytes = [CChar](unsafeUninitializedCapacity: path.count + 2) { buffer, count in
            buffer[0] = 0x2F
            for i in path.indices { buffer[i + 1] = CChar(bitPattern: path[i]) }
            buffer[path.count + 1] = 0
            count = path.count + 2
        }
    }

    package func withPointer<R>(_ body: (UnsafePointer<CChar>, Int) throws -> R) rethrows -> R {
        try bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a path has at least a slash") }
            return try body(base, buffer.count - 1)
        }
    }
}
