import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import WriteAheadLog

/// What a host remembers of snapshots that it read: a file that can be lost. Each line has a digest of its own, so that what was read lately
/// is written behind the rest, and half a line says nothing.
struct LogIndexCache {
    private let path: String?
    private let head: String
    private let line: String
    /// Nil for a snapshot of something else.
    private(set) var known: [LogIndex.Key: ArchivedFiles?] = [:]
    /// Of the file.
    private var lines = 0
    /// Whether it is of this line, and ends with a whole line.
    private var isWhole = false

    /// So many lines may be of no use before the file is written anew, however few others there are.
    private static let spareLines = 64

    init(_ path: String?, repository: RepositoryID, line: String) {
        (self.path, self.line) = (path, line)
        head = "safehold wal index 2 \(repository.hex) \(line)"
        guard let path, let bytes = try? LocalFile.read(path, limit: 1 << 30) else { return }
        let lines = bytes.split(separator: 0x0A)
        guard let first = lines.first, first.elementsEqual(head.utf8) else { return }
        self.lines = lines.count - 1
        isWhole = bytes.last == 0x0A
        for line in lines.dropFirst() {
            guard let (key, archived) = entry(line) else {
                isWhole = false
                continue
            }
            known[key] = .some(archived)
        }
    }

    subscript(key: LogIndex.Key) -> ArchivedFiles?? { known[key] }

    /// Writes down what was found, where there is anything new, and forgets what is not among the `living`. What cannot be written is read again the
    /// next time.
    mutating func add(_ found: [LogIndex.Key: ArchivedFiles?], of living: Set<LogIndex.Key>) {
        known = known.filter { living.contains($0.key) }
        let stale = lines - known.count
        known.merge(found) { $1 }
        guard let path, !found.isEmpty else { return }
        if isWhole, stale <= max(Self.spareLines, known.count) {
            append(found, to: path)
        } else {
            try? LocalFile.write(Array((head + "\n").utf8) + text(known), to: path)
        }
    }

    /// In one piece, for others may do the same; nothing is waited for, since what a power cut leaves of it is seen.
    private func append(_ found: [LogIndex.Key: ArchivedFiles?], to path: String) {
        let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return }
        defer { close(file) }
        _ = text(found).withUnsafeBytes { sh_write_all(file, $0.baseAddress, $0.count) }
    }

    private func text(_ entries: [LogIndex.Key: ArchivedFiles?]) -> [UInt8] {
        var text: [UInt8] = []
        for (key, archived) in entries {
            let words = [key.writer.hex, String(key.sequence)] + (archived?.tags ?? [])
            let content = Array(words.joined(separator: "\t").utf8)
            text += Array(check(content[...]).utf8) + [0x09] + content + [0x0A]
        }
        return text
    }

    private func check(_ content: ArraySlice<UInt8>) -> String {
        String(SHA256Digest.of(Array(content)).hex.prefix(16))
    }

    /// Nil for half a line.
    private func entry(_ line: ArraySlice<UInt8>) -> (LogIndex.Key, ArchivedFiles?)? {
        guard let tab = line.firstIndex(of: 0x09) else { return nil }
        let content = line[(tab + 1)...]
        guard line[..<tab].elementsEqual(check(content).utf8) else { return nil }
        let words = String(decoding: content, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
        guard words.count >= 2, let writer = WriterID(hex: words[0]), let sequence = UInt64(words[1]) else {
            return nil
        }
        let tags = words.dropFirst(2).map(String.init)
        let key = LogIndex.Key(writer: writer, sequence: sequence)
        return (key, tags.isEmpty ? nil : ArchivedFiles(component: self.line, tags: tags))
    }
}
