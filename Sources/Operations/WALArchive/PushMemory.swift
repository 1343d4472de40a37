import CLinux
import Glibc
import Primitives
import Sealing
import WriteAheadLog

/// What this host archived of a cluster's log: names and digests, and which cluster it is. A writer cannot read what it wrote, and a server
/// that was killed asks again. It can be lost at any point: then a segment that comes again is stored again.
struct PushMemory {
    /// Of so many files; the oldest half is forgotten when there are twice as many.
    private static let most = 4096

    private let path: String
    private var digests: [String: Digest32] = [:]
    private var order: [String] = []
    private(set) var system: UInt64?
    private var isTorn = false

    init(folder: String) throws {
        path = folder + "/pushed"
        let text = String(decoding: try LocalFile.read(path, limit: 64 << 20) ?? [], as: UTF8.self)
        isTorn = !text.isEmpty && !text.hasSuffix("\n")
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2 else { continue }
            if words[0] == "system" {
                system = UInt64(words[1]) ?? system
            } else if LogFileName(words[0]) != nil, let digest = Digest32(hex: words[1]) {
                if digests.updateValue(digest, forKey: String(words[0])) == nil { order.append(String(words[0])) }
            }
        }
    }

    /// Nil for a file that it does not know.
    subscript(name: LogFileName) -> Digest32? { digests[name.description] }

    /// Whole ones.
    var segments: Set<SegmentName> {
        Set(
            digests.keys.compactMap {
                guard case .segment(let name)? = LogFileName($0) else { return nil }
                return name
            })
    }

    /// Call it for what is committed, and for nothing else.
    mutating func add(_ files: [ArchivedFile], system: UInt64?) throws {
        var lines = isTorn ? "\n" : ""
        if let system, system != self.system {
            self.system = system
            lines += "system \(system)\n"
        }
        for file in files {
            let name = file.name.description
            if digests.updateValue(file.digest, forKey: name) == nil { order.append(name) }
            lines += "\(name) \(file.digest.hex)\n"
        }
        guard order.count <= 2 * Self.most else { return try rewrite() }
        let fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard fd >= 0 else { throw LocalFile.unusable(errno, "open", path) }
        defer { close(fd) }
        let bytes = Array(lines.utf8)
        let written = sh_write_all(fd, bytes, bytes.count)
        guard written == 0 else { throw LocalFile.unusable(-written, "write", path) }
    }

    private func rewrite() throws {
        var lines = system.map { "system \($0)\n" } ?? ""
        for name in order.suffix(Self.most) { if let digest = digests[name] { lines += "\(name) \(digest.hex)\n" } }
        try LocalFile.write(Array(lines.utf8), to: path)
    }
}
