import Primitives
import TestSupport

/// Rows of text, as a dump has them, that change here and there.
struct RowTable {
    private(set) var rows: [String]
    private var random: SeededGenerator

    init(_ count: Int, seed: UInt64 = 1) {
        random = SeededGenerator(seed: seed)
        rows = []
        for number in 0..<count { rows.append(row(number)) }
    }

    private mutating func row(_ number: Int) -> String {
        "\(number)\t\(random.next())\t\(random.next())\t\(random.next())\t\(random.next())\tname \(random.next() % 1000)\t2026-11-27 02:\(10 + random.next() % 49)\tward \(random.next() % 20)"
    }

    var bytes: [UInt8] { Array((rows.joined(separator: "\n") + "\n").utf8) }

    /// Gives `count` rows, spread all over, another value.
    mutating func scatter(_ count: Int) {
        let step = max(1, rows.count / count)
        for start in stride(from: 0, to: rows.count, by: step) {
            let index = min(rows.count - 1, start + Int(random.next() % UInt64(step)))
            rows[index] = row(index)
        }
    }

    /// Puts in, takes out, rewrites or moves a stretch of rows.
    mutating func edit() {
        let count = 1 + Int(random.next() % 60)
        let at = Int(random.next() % UInt64(rows.count - count))
        switch random.next() % 4 {
        case 0: for number in 0..<count { rows.insert(row(1_000_000 + number), at: at) }
        case 1: rows.removeSubrange(at..<at + count)
        case 2: for index in at..<at + count { rows[index] = row(index) }
        default:
            let moved = Array(rows[at..<at + count])
            rows.removeSubrange(at..<at + count)
            rows.insert(contentsOf: moved, at: Int(random.next() % UInt64(rows.count)))
        }
    }
}
