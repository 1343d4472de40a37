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
        let meant = nearest(to: word, among: known).map { "did you mean '\($0)'? " } ?? ""
        return meant + (known.isEmpty ? "there is none" : "allowed are \(known.joined(separator: ", "))")
    }

    private static func simplified(_ word: String) -> String {
        word.lowercased().replacing("_", with: "-").replacing(" ", with: "-")
    }

    /// Levenshtein.
    private static func distance(_ x: String, _ y: String) -> Int {
        let (x, y) = (Array(x.utf8.prefix(64)), Array(y.utf8.prefix(64)))
        var row = Array(0...y.count)
        for (i, letter) in x.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in y.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (letter == other ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[y.count]
    }
}
