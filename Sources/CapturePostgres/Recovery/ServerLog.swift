import Glibc
import Primitives

/// What a server says in its log, read on from where it was read to. Of all that it said are kept what tells how its recovery went, what was worse
/// than a note, and its last words: however long it talks, little is looked through.
struct ServerLog {
    private let path: String
    /// How many bytes were read.
    private(set) var size: Int64 = 0
    private var unfinished: [UInt8] = []
    private var count = 0
    /// By mark, the last line that has it.
    private var marked: [String: Line] = [:]
    private var bad: [Line] = []
    private var last: [Line] = []

    private struct Line: Hashable {
        var number: Int
        var text: String
    }

    private static let marks = [
        "pausing at the end of recovery", "recovery stopping ", RecoveryTrouble.lastPosition, RecoveryTrouble.lastTime,
        "database system is ready to accept connections", "could not restore file", "safehold: ",
    ]
    private static let keptLines = 20
    private static let longestLine = 64 << 10

    init(_ path: String) { self.path = path }

    /// The lines that are kept, in their order.
    var text: String {
        let kept = Set(marked.values).union(bad).union(last).sorted { $0.number < $1.number }
        return kept.map { $0.text + "\n" }.joined() + String(decoding: unfinished, as: UTF8.self)
    }

    /// Takes in what was said since. A file that cannot be read says nothing.
    mutating func readOn() {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        var room = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let got = pread(file, &room, room.count, off_t(size))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { return }
            size += Int64(got)
            take(room[..<got])
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let end = rest.firstIndex(of: 0x0A) {
            add(String(decoding: unfinished + rest[..<end].prefix(Self.longestLine), as: UTF8.self))
            unfinished = []
            rest = rest[(end + 1)...]
        }
        unfinished += rest.prefix(max(0, Self.longestLine - unfinished.count))
    }

    private mutating func add(_ text: String) {
        count += 1
        let line = Line(number: count, text: text)
        for mark in Self.marks where text.contains(mark) { marked[mark] = line }
        if RecoveryTrouble.isBad(text) { bad = (bad + [line]).suffix(Self.keptLines) }
        last.append(line)
        if last.count > 2 * Self.keptLines { last = last.suffix(Self.keptLines) }
    }
}
