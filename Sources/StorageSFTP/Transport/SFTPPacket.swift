import Primitives

/// What the server says of a request that gave nothing else (draft-ietf-secsh-filexfer-02, section 7).
struct SFTPStatus: Error, Sendable, Equatable {
    enum Code: UInt32, Sendable {
        case ok = 0
        case endOfFile, noSuchFile, permissionDenied, failure, badMessage, noConnection, connectionLost, unsupported
    }

    var code: Code
    var message: String
}

/// Requests and answers of SFTP 3, of which only these are used.
enum SFTPKind: UInt8 {
    case initialise = 1
    case version, open, close, read, write, lstat, fstat, setstat, fsetstat, opendir, readdir, remove, mkdir
    case status = 101
    case handle, data, name, attributes
    case extended = 200
    case extendedReply
}

struct SFTPRequest {
    private(set) var bytes: [UInt8] = [0, 0, 0, 0]

    init(_ kind: SFTPKind, _ id: UInt32? = nil, capacity: Int = 0) {
        bytes.reserveCapacity(capacity + 64)
        bytes.append(kind.rawValue)
        if let id { number(id) }
    }

    mutating func number(_ value: UInt32) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }
    mutating func number(_ value: UInt64) { withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) } }

    mutating func string(_ value: some Collection<UInt8>) {
        number(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func string(_ text: String) { string(Array(text.utf8)) }

    /// With its length in front.
    consuming func finished() -> [UInt8] {
        withUnsafeBytes(of: UInt32(bytes.count - 4).bigEndian) { for (i, byte) in $0.enumerated() { bytes[i] = byte } }
        return bytes
    }
}

/// What is in an answer. Nothing of it is believed before it was checked against what is left.
struct SFTPAnswer {
    struct Malformed: Error {}

    let kind: SFTPKind
    private(set) var id: UInt32
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) throws {
        rest = bytes
        guard let first = rest.popFirst(), let kind = SFTPKind(rawValue: first) else { throw Malformed() }
        self.kind = kind
        id = 0
        id = try number()
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number() throws -> UInt32 { UInt32(truncatingIfNeeded: try integer(4)) }
    mutating func long() throws -> UInt64 { try integer(8) }

    private mutating func integer(_ count: Int) throws -> UInt64 {
        guard rest.count >= count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func string() throws -> ArraySlice<UInt8> {
        let count = Int(try number())
        guard rest.count >= count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func text() throws -> String { String(decoding: try string(), as: UTF8.self) }

    mutating func status() throws -> SFTPStatus {
        let code = try number()
        let message = isAtEnd ? "" : try text()
        return SFTPStatus(code: SFTPStatus.Code(rawValue: code) ?? .failure, message: message)
    }

    /// Of a file: what it is, how long it is, and when it was changed.
    mutating func attributes() throws -> SFTPAttributes {
        var attributes = SFTPAttributes()
        let flags = try number()
        if flags & 1 != 0 { attributes.size = try long() }
        if flags & 2 != 0 { _ = try long() }
        if flags & 4 != 0 { attributes.mode = try number() }
        if flags & 8 != 0 {
            _ = try number()
            attributes.changed = try number()
        }
        if flags & 0x8000_0000 != 0 {
            for _ in 0..<(try number()) {
                _ = try string()
                _ = try string()
            }
        }
        return attributes
    }
}

struct SFTPAttributes {
    var size: UInt64 = 0
    var mode: UInt32 = 0
    var changed: UInt32 = 0
    var isDirectory: Bool { mode & 0o170000 == 0o040000 }
    var isFile: Bool { mode & 0o170000 == 0o100000 }
}
