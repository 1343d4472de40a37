import Primitives
import RepositoryEngine
import WriteAheadLog

/// What a host remembers of snapshots that it read: a file that can be lost, and is begun anew where it is not whole.
struct LogIndexCache {
    private let path: String?
    private let head: String
    /// Nil for a snapshot of something else.
    private(set) var known: [LogIndex.Key: ArchivedFiles?] = [:]

    init(_ path: String?, repository: RepositoryID, line: String) {
        self.path = path
        head = "safehold wal index 1 \(repository.hex) \(line)"
        guard let path, let bytes = try? LocalFile.read(path, limit: 1 << 30) else { return }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first.map(String.init) == head, lines.last == "end" else { return }
        for line in lines.dropFirst().dropLast() {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard words.count >= 2, let writer = WriterID(hex: words[0]), let sequence = UInt64(words[1]) else {
                continue
            }
            let tags = words.dropFirst(2).map(String.init)
            known[LogIndex.Key(writer: writer, sequence: sequence)] = .some(
                tags.isEmpty ? nil : ArchivedFiles(component: self.line, tags: tags))
        }
    }

    private var line: String { String(head.split(separator: " ", maxSplits: 5)[5]) }

    subscript(key: LogIndex.Key) -> ArchivedFiles?? { known[key] }

    /// Writes down what was found, where there is anything new. What cannot be written is read again the next time.
    mutating func add(_ found: [LogIndex.Key: ArchivedFiles?]) {
        guard !found.isEmpty else { return }
        known.merge(found) { $1 }
        guard let path else { return }
        var text = head + "\n"
        for (key, archived) in known {
            text += ([key.writer.hex, String(key.sequence)] + (archived?.tags ?? [])).joined(separator: "\t") + "\n"
        }
        try? LocalFile.write(Array((text + "end\n").utf8), to: path)
    }
}
