import TestSupport

/// Pages of which no two are alike, as a database keeps its tables in.
struct PagedFile {
    static let pageBytes = 8192

    var bytes: [UInt8]
    private var random: SeededGenerator

    init(_ pages: Int, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        bytes = random.bytes(pages * Self.pageBytes)
        self.random = random
    }

    /// Gives `count` pages, spread all over, another content.
    mutating func rewrite(_ count: Int) {
        let step = max(1, bytes.count / Self.pageBytes / count)
        for number in 0..<count {
            let page = number * step + Int(random.next() % UInt64(step))
            let content = random.bytes(Self.pageBytes)
            bytes.replaceSubrange(page * Self.pageBytes..<(page + 1) * Self.pageBytes, with: content)
        }
    }
}
