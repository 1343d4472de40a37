import CLinux
import Glibc
import Testing

/// Makes entries below a directory. Names and paths are bytes; a path may be longer than the kernel takes at once.
struct TreeBuilder {
    let root: String
    private let descriptor: OpenDirectory

    init(_ root: String) throws {
        self.root = root
        descriptor = OpenDirectory(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        try #require(descriptor.number >= 0)
    }

    private final class OpenDirectory {
        let number: Int32
        init(_ number: Int32) { self.number = number }
        deinit { if number >= 0 { close(number) } }
    }

    /// Opens the directory that holds `path`, step by step, and hands on what `body` returns of the last name in it.
    @discardableResult
    private func within(_ path: [UInt8], _ body: (Int32, [CChar]) -> Int32) throws -> Int32 {
        var directory = descriptor
        var names = path.split(separator: 0x2F).map { $0.map { CChar(bitPattern: $0) } + [0] }
        let last = names.removeLast()
        for name in names {
            directory = OpenDirectory(sh_open_anchor(directory.number, name))
            try #require(directory.number >= 0, "\(String(decoding: path, as: UTF8.self)): errno \(-directory.number)")
        }
        let result = body(directory.number, last)
        try #require(result >= 0, "\(String(decoding: path, as: UTF8.self)): \(String(cString: strerror(-result)))")
        return result
    }

    func directory(_ path: [UInt8]) throws { try within(path) { sh_mkdir($0, $1, 0o755) } }
    func link(_ path: [UInt8], to target: [UInt8]) throws {
        try within(path) { sh_symlink(target.map { CChar(bitPattern: $0) } + [0], $0, $1) }
    }
    func node(_ path: [UInt8], _ type: UInt32, major: UInt32 = 0, minor: UInt32 = 0) throws {
        try within(path) { sh_mknod($0, $1, type | 0o640, major, minor) }
    }
    func hardLink(_ path: [UInt8], to existing: [UInt8]) throws {
        let first = existing.map { CChar(bitPattern: $0) } + [0]
        try within(path) { sh_link(descriptor.number, first, $0, $1) }
    }
    func remove(_ path: [UInt8], directory: Bool = false) throws {
        try within(path) { sh_unlink($0, $1, directory ? 1 : 0) }
    }
    func rename(_ path: [UInt8], to other: [UInt8]) throws {
        let to = other.map { CChar(bitPattern: $0) } + [0]
        try within(path) { sh_rename($0, $1, descriptor.number, to) }
    }

    /// A file with these pieces of content at their offsets, and of this size.
    func file(_ path: [UInt8], _ pieces: [(offset: Int, bytes: [UInt8])], size: Int? = nil) throws {
        let file = try within(path) { sh_create_exclusive($0, $1, 0o644) }
        defer { close(file) }
        if let size { try #require(ftruncate(file, off_t(size)) == 0) }
        for piece in pieces {
            try #require(sh_pwrite_all(file, piece.bytes, piece.bytes.count, Int64(piece.offset)) == 0)
        }
    }

    func file(_ path: [UInt8], _ bytes: [UInt8]) throws { try file(path, [(0, bytes)]) }

    /// Writes into a file that is there.
    func overwrite(_ path: [UInt8], at offset: Int, _ bytes: [UInt8]) throws {
        let file = try within(path) { openat($0, $1, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) }
        defer { close(file) }
        try #require(sh_pwrite_all(file, bytes, bytes.count, Int64(offset)) == 0)
    }

    func mode(_ path: [UInt8], _ mode: UInt32) throws { try within(path) { sh_chmod($0, $1, mode) } }
    func owner(_ path: [UInt8], _ user: UInt32, _ group: UInt32) throws {
        try within(path) { sh_chown($0, $1, user, group) }
    }
    func time(_ path: [UInt8], _ seconds: Int64, _ nanoseconds: UInt32 = 0) throws {
        try within(path) { sh_utimes($0, $1, seconds, nanoseconds) }
    }
    func attribute(_ path: [UInt8], _ name: String, _ value: [UInt8]) throws {
        let full = Array((root + "/").utf8CString.dropLast()) + path.map { CChar(bitPattern: $0) } + [0]
        try #require(sh_lsetxattr(full, name, value, value.count) == 0)
    }
}

extension String {
    /// A path or content as bytes.
    var bytes: [UInt8] { Array(utf8) }
}
