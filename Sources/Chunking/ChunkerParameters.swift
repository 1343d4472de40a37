import Primitives

/// Bounds and mean of content-defined chunks, in bytes. They stand in FORMAT: another choice cuts everything anew.
package struct ChunkerParameters: Sendable, Equatable {
    package var minimum: Int
    package var average: Int
    package var maximum: Int

    package init(minimum: Int, average: Int, maximum: Int) {
        (self.minimum, self.average, self.maximum) = (minimum, average, maximum)
    }

    /// 64 KiB / 256 KiB / 2 MiB: docs/decisions/0002 has the measurements behind it.
    package static let standard = ChunkerParameters(minimum: 64 << 10, average: 256 << 10, maximum: 2 << 20)

    /// `gear64-v1 min=65536 avg=262144 max=2097152`, as FORMAT writes it.
    package var description: String { "gear64-v1 min=\(minimum) avg=\(average) max=\(maximum)" }

    /// Nil for parameters that no chunker takes, and for every spelling but `description`'s own.
    package init?(description: String) {
        let words = description.split(separator: " ")
        guard words.count == 4, words[0] == "gear64-v1" else { return nil }
        func number(_ word: Substring, _ name: String) -> Int? {
            word.hasPrefix(name + "=") ? Int(word.dropFirst(name.count + 1)) : nil
        }
        guard let minimum = number(words[1], "min"), let average = number(words[2], "avg"),
            let maximum = number(words[3], "max"),
            minimum >= 4096, minimum < average, average < maximum, maximum <= 16 << 20, average.nonzeroBitCount == 1
        else { return nil }
        self.init(minimum: minimum, average: average, maximum: maximum)
        guard self.description == description else { return nil }
    }
}
