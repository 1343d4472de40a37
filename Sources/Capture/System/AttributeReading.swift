import CLinux
import Glibc
import Primitives

/// Reads extended attributes, POSIX ACLs among them, in the kernel's encoding.
package enum AttributeReading {
    package struct Attribute: Sendable, Hashable {
        package var name: [UInt8]
        package var value: [UInt8]
    }

    /// The attributes of an open file, sorted by name; an errno when they cannot be read. File systems without any give none.
    package static func attributes(of fd: Int32) -> Result<[Attribute], Errno> {
        read({ sh_flistxattr(fd, $0, $1) }, { sh_fgetxattr(fd, $0, $1, $2) })
    }

    /// Those of what was opened only to be looked at; ENOSYS where /proc is not mounted.
    static func attributes(lookingAt fd: Int32) -> Result<[Attribute], Errno> {
        read({ sh_plistxattr(fd, $0, $1) }, { sh_pgetxattr(fd, $0, $1, $2) })
    }

    /// Those of a path that is not followed.
    package static func attributes(at path: SystemPath) -> Result<[Attribute], Errno> {
        path.withPointer { pointer, count in
            guard count < 4000 else {
                var result: Result<[Attribute], Errno> = .success([])
                // By way of the directory, for a device must not be opened just to look at it.
                _ = PathOpening.stepping(pointer, count) { directory, name in
                    let way =
                        "/proc/self/fd/\(directory)/".utf8CString.dropLast()
                        + UnsafeBufferPointer(start: name, count: strlen(name) + 1)
                    result = way.withUnsafeBufferPointer { Self.attributes($0.baseAddress) }
                    return 0
                }
                return result
            }
            return attributes(pointer)
        }
    }

    private static func attributes(_ path: UnsafePointer<CChar>?) -> Result<[Attribute], Errno> {
        read({ sh_llistxattr(path, $0, $1) }, { sh_lgetxattr(path, $0, $1, $2) })
    }

    package struct Errno: Error, Sendable {
        package var number: Int32
    }

    private static func read(
        _ list: (UnsafeMutablePointer<CChar>?, Int) -> Int,
        _ get: (UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    ) -> Result<[Attribute], Errno> {
        let names: [CChar]
        switch names0(list) {
        case .success(let some): names = some
        case .failure(let errno): return .failure(errno)
        }
        if names.isEmpty { return .success([]) }
        var attributes: [Attribute] = []
        for name in names.split(separator: 0) {
            var value = [UInt8](repeating: 0, count: 256)
            var count = (Array(name) + [0]).withUnsafeBufferPointer { pointer in
                pointer.baseAddress.map { get($0, &value, value.count) } ?? 0
            }
            if count == -Int(ERANGE) {
                value = [UInt8](repeating: 0, count: 64 << 10)
                count = (Array(name) + [0]).withUnsafeBufferPointer { pointer in
                    pointer.baseAddress.map { get($0, &value, value.count) } ?? 0
                }
            }
            if count == -Int(ENODATA) { continue }
            guard count >= 0 else { return .failure(Errno(number: Int32(-count))) }
            attributes.append(Attribute(name: name.map { UInt8(bitPattern: $0) }, value: Array(value[..<count])))
        }
        return .success(attributes.sorted { $0.name.lexicographicallyPrecedes($1.name) })
    }

    private static func names0(_ list: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> Result<[CChar], Errno> {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            let count = list(buffer.baseAddress, buffer.count)
            if count >= 0 { return .success(Array(buffer[..<count])) }
            if count == -Int(EOPNOTSUPP) { return .success([]) }
            guard count == -Int(ERANGE) else { return .failure(Errno(number: Int32(-count))) }
            var large = [CChar](repeating: 0, count: 64 << 10)
            let again = list(&large, large.count)
            return again >= 0 ? .success(Array(large[..<again])) : .failure(Errno(number: Int32(-again)))
        }
    }
}
