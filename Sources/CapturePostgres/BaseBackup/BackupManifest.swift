import Crypto
import Primitives

/// What arrived beside what the server says that it sent: the backup manifest (PostgreSQL documentation, 76), read line by line as it comes.
struct BackupManifest {
    /// A path has at most 4096 bytes, and six for each where it is escaped.
    private static let longestLine = 64 << 10

    private struct Seen {
        var size: UInt64
        var checksum: UInt32
        var isLog: Bool
    }

    /// By the first half of the path's digest: as many files as there may be, memory holds less than a hundred bytes of each.
    private var seen: [Prefix16: Seen] = [:]
    private var line: [UInt8] = []
    private var hasher = SHA256()
    private var files: UInt64 = 0
    private var isInFiles = false
    /// What the last line says; nil until it came.
    private var stated: Digest32?
    private var problem: String?

    /// `path` is the one below the data directory.
    mutating func arrived(_ path: [UInt8], size: UInt64, _ checksum: UInt32) {
        seen[Self.key(path)] = Seen(size: size, checksum: checksum, isLog: path.starts(with: Array("pg_wal/".utf8)))
    }

    private static func key(_ path: [UInt8]) -> Prefix16 {
        var hasher = SHA256()
        hasher.update(data: path)
        return hasher.finalize().withUnsafeBytes { Digest32(loading: $0) }.prefix
    }

    /// Pieces of the manifest, in order.
    mutating func read(_ bytes: UnsafeRawBufferPointer) {
        guard problem == nil else { return }
        var rest = bytes[...]
        while let end = rest.firstIndex(of: 0x0A) {
            line.append(contentsOf: rest[...end])
            rest = rest[(end + 1)...]
            take(line)
            line.removeAll(keepingCapacity: true)
        }
        line.append(contentsOf: rest)
        if line.count > Self.longestLine { problem = "has a line of more than \(Self.longestLine) bytes" }
    }

    private mutating func take(_ line: [UInt8]) {
        guard problem == nil else { return }
        guard stated == nil else { return problem = "goes on behind its end" }
        if line.starts(with: Array("\"Manifest-Checksum\"".utf8)) {
            let text = String(decoding: line, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
            stated = text.count == 5 ? Digest32(hex: text[3]) : nil
            if stated == nil { problem = "has no checksum that is one" }
            return
        }
        hasher.update(data: line)
        if line.starts(with: Array("\"Files\"".utf8)) {
            isInFiles = true
        } else if line.first == 0x5D {
            isInFiles = false
        } else if isInFiles {
            do throws(EncodingError) { try takeFile(line) } catch { problem = error.problem }
        }
    }

    private mutating func takeFile(_ line: [UInt8]) throws(EncodingError) {
        var object = line.dropLast()
        if object.last == 0x2C { object.removeLast() }
        if object.isEmpty { return }
        let file = try JSON(parsing: object)
        guard let path = file["Path"]?.text.map({ Array($0.utf8) }) ?? file["Encoded-Path"]?.text.flatMap(Hex.decode),
            let size = file["Size"]?.count, file["Checksum-Algorithm"]?.text == "CRC32C",
            let checksum = file["Checksum"]?.text.flatMap({ Self.checksum($0) })
        else { throw EncodingError("has a line that is none: \(String(decoding: object.prefix(200), as: UTF8.self))") }
        files += 1
        let name = String(decoding: path, as: UTF8.self)
        guard let arrived = seen.removeValue(forKey: Self.key(path)) else {
            // The log is not compared with it, by the server's own tools neither.
            if path.starts(with: Array("pg_wal/".utf8)) { return }
            throw EncodingError("names '\(name)', which did not come")
        }
        guard arrived.size == size else {
            throw EncodingError("gives '\(name)' \(size) bytes, and \(arrived.size) came")
        }
        guard arrived.checksum == checksum else {
            throw EncodingError("gives '\(name)' another checksum than what came has")
        }
    }

    /// The number's bytes, the lowest first.
    private static func checksum(_ text: String) -> UInt32? {
        guard let bytes = Hex.decode(text), bytes.count == 4 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// What does not fit, behind "the server's manifest "; nil where all does.
    consuming func verdict() -> String? {
        if let problem { return problem }
        guard line.isEmpty, let stated else { return "did not come to its end" }
        let found = hasher.finalize().withUnsafeBytes { Digest32(loading: $0) }
        guard stated == found else { return "does not have the checksum that it states" }
        let others = seen.values.count { !$0.isLog }
        guard others == 0 else { return "does not name \(others) files that came" }
        return files == 0 ? "names no file" : nil
    }
}
