/// Up to 256 hashes or entries that are kept as one file (C2SP tlog-tiles).
package struct Tile: Hashable, Sendable, CustomStringConvertible {
    package enum Level: Hashable, Sendable {
        case entries
        /// Of level 0 are the leaves' hashes; each of the next ones is that of a full tile below.
        case hashes(Int)
    }

    package static let fullWidth = 256

    package var level: Level
    package var index: UInt64
    /// From 1 to 256.
    package var width: Int

    package init(level: Level, index: UInt64, width: Int = Self.fullWidth) {
        (self.level, self.index, self.width) = (level, index, width)
    }

    package var isFull: Bool { width == Self.fullWidth }

    /// The full tile of which this is the beginning.
    package var full: Tile { Tile(level: level, index: index) }

    /// `tile/0/x001/x234/067.p/8`.
    package var description: String {
        let name: String
        switch level {
        case .entries: name = "entries"
        case .hashes(let level): name = String(level)
        }
        return "tile/" + name + "/" + Self.path(index) + (isFull ? "" : ".p/\(width)")
    }

    /// What the partial tiles with this one's index lie in.
    package var partialFolder: String {
        var path = full.description
        path += ".p"
        return path
    }

    /// Nil for everything but the one way in which a tile's path is written.
    package init?(path: some StringProtocol) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.count >= 3, parts.removeFirst() == "tile" else { return nil }
        let name = parts.removeFirst()
        var width = Self.fullWidth
        if parts.count >= 2, parts[parts.endIndex - 2].hasSuffix(".p") {
            guard let number = Int(parts.removeLast()), (1..<Self.fullWidth).contains(number) else { return nil }
            width = number
            parts.append(parts.removeLast().dropLast(2))
        }
        var index: UInt64 = 0
        for part in parts {
            guard let digits = UInt64(part.suffix(3)), index <= (UInt64.max - 999) / 1000 else { return nil }
            index = index * 1000 + digits
        }
        if name == "entries" {
            self.init(level: .entries, index: index, width: width)
        } else {
            guard let level = Int(name), (0...63).contains(level) else { return nil }
            self.init(level: .hashes(level), index: index, width: width)
        }
        guard description.utf8.elementsEqual(path.utf8) else { return nil }
    }

    private static func path(_ index: UInt64) -> String {
        var (rest, path) = (index, "")
        repeat {
            let digits = String(rest % 1000)
            let group = String(repeating: "0", count: 3 - digits.count) + digits
            path = path.isEmpty ? group : "x" + group + "/" + path
            rest /= 1000
        } while rest > 0
        return path
    }
}

extension Tile {
    /// The partial tiles of hashes of a tree, from the leaves up.
    package static func edge(of size: UInt64) -> [Tile] {
        (0..<TreeEdge.levelCount(size)).compactMap { level in
            let width = TreeEdge.width(of: level, in: size)
            return width == 0
                ? nil : Tile(level: .hashes(level), index: size >> UInt64(8 * level + 8), width: width)
        }
    }

    /// The tiles that have to be written when a log grows: entries first, then hashes from the leaves up.
    package static func growth(from old: UInt64, to new: UInt64) -> [Tile] {
        guard new > old else { return [] }
        var found = tiles(.entries, from: old, to: new)
        for level in 0..<TreeEdge.levelCount(new) {
            let shift = UInt64(8 * level)
            found += tiles(.hashes(level), from: old >> shift, to: new >> shift)
        }
        return found
    }

    private static func tiles(_ level: Level, from old: UInt64, to new: UInt64) -> [Tile] {
        guard new > old else { return [] }
        return (old / 256...(new - 1) / 256).map { index in
            Tile(level: level, index: index, width: Int(min(256, new - index * 256)))
        }
    }
}
