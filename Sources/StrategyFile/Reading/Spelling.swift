/// Which known word somebody may have meant.
enum Spelling {
    /// The closest one, if it is close: two letters off at most, or the same but for '-' and '_'.
    static func nearest(to word: String, among known: [String]) -> String? {
        let plain = simplified(word)
        if let same = known.first(where: { simplified($0) == plain }) { return same }
        let distances = known.map { (word: $0, distance: distance(plain, simplified($0))) }
        guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, min(2, word.count / 3)) ? best.word : nil
    }

    static func hint(_ word: String, among known: [String]) -> String {
        let near = nearest(to: word, among: known)
        let meant = near.map { "did you mean '\($0)'? " } ?? ""
        switch known.count {
        case 0: return "there is none in this file"
        case 1 where near != nil: return String(meant.dropLast())
        case 1: return "the only one is \(known[0])"
        case 16... where near != nil: return String(meant.dropLast())
        default: return meant + "allowed are \(known.joined(separator: ", "))"
        }
    }

    private static func simplified(_ word: String) -> String {
        word.lowercased().replacing("_", with: "-").replacing(" ", with: "-")
    }

    /// Letters to change, add, leave out or swap (optimal string alignment).
    private static func distance(_ x: String, _ y: String) -> Int {
        let (x, y) = (Array(x.utf8.prefix(64)), Array(y.utf8.prefix(64)))
        var rows = [Array(0...y.count)]
        for i in x.indices {
            var row = [i + 1]
            for j in y.indices {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (x[i] == y[j] ? 0 : 1))
                if i > 0, j > 0, x[i] == y[j - 1], x[i - 1] == y[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[x.count][y.count]
    }
}
